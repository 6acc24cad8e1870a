"""The tables behind what people configure, beside `records`.

The deduplication window lets the engine keep the first of several inserts that name
the same token: the one atomic decision ClickHouse offers, and what makes conflicting
writes sound (`store.records`). A replicated table has such a window by itself.
"""

_RECORD_WRITERS = """
ALTER TABLE records ADD COLUMN IF NOT EXISTS writers Array(UInt64)
"""

_RECORDS_ONCE = """
ALTER TABLE records MODIFY SETTING non_replicated_deduplication_window = 10000
"""

_RETRIEVALS_END = """
ALTER TABLE records MODIFY TTL
    toDateTime(intDiv(changed_us, 1000000)) + INTERVAL 1 DAY WHERE kind = 'retrieval'
"""

_SAMPLING_REPORTS = """
CREATE TABLE sampling_reports (
    -- start of the 10 seconds in which the server received it, epoch seconds
    window UInt32,
    rule LowCardinality(String),
    client String,
    received_us Int64,
    requests Int64,
    sampled Int64,
    borrowed Int64,
    -- the plan whose quota the client was given in the reply, 0 for none
    plan UInt32
)
ENGINE = ReplacingMergeTree(received_us)
ORDER BY (window, rule, client)
TTL toDateTime(window) + INTERVAL 1 HOUR
"""

_SAMPLING_PLANS = """
CREATE TABLE sampling_plans (
    -- the window in which the plan was made
    window UInt32,
    value String
)
ENGINE = MergeTree
ORDER BY window
TTL toDateTime(window) + INTERVAL 1 HOUR
SETTINGS non_replicated_deduplication_window = 1000
"""

_AUDIT = """
CREATE TABLE audit (
    time_us Int64,
    id String,
    principal LowCardinality(String),
    source_ip String,
    operation LowCardinality(String),
    resource String,
    request String CODEC(ZSTD(1)),
    -- empty for a change that was made
    error_code LowCardinality(String),
    error_message String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (time_us, id)
"""

_USAGE = """
CREATE TABLE usage (
    day Date,
    -- recorded, retrieved or scanned
    measure LowCardinality(String),
    traces UInt64
)
ENGINE = SummingMergeTree
ORDER BY (day, measure)
"""

CONTROL = (
    _RECORD_WRITERS,
    _RECORDS_ONCE,
    _RETRIEVALS_END,
    _SAMPLING_REPORTS,
    _SAMPLING_PLANS,
    _AUDIT,
    _USAGE,
)
