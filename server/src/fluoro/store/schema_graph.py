"""The service graph's tables: rollups of observations, and what finds stale ones.

`graph_rollups` holds the statistics of one node or edge over one span of receipt
(`width_s` seconds from `received_us`). A span is built as a whole from what it covers;
its rows carry the build's number, and the build counts once its line stands in
`graph_spans`. Of several builds the one that began last counts, so building again, here
or on another server, gives the same. A span in which nothing was received has no line.

`graph_state` says how far spans are built: slices from `slices_from_us` until
`slices_until_us` and minutes until `minutes_until_us`, by receipt, and `horizon_us`:
what came into the store before it is in them.
"""

_INSERTED = """
ALTER TABLE entities ADD COLUMN IF NOT EXISTS
    -- when the row came into the store: later than its receipt where the spool or
    -- another server held it
    inserted_us Int64 DEFAULT toUnixTimestamp64Micro(now64(6)) CODEC(Delta, ZSTD(1))
"""

_INSERTED_INDEX = """
ALTER TABLE entities ADD INDEX IF NOT EXISTS
    inserted_us inserted_us TYPE minmax GRANULARITY 4
"""

_MATERIALIZE = "ALTER TABLE entities MATERIALIZE COLUMN inserted_us"

_SPANS = """
CREATE TABLE graph_spans (
    width_s UInt32,
    received_us Int64,
    build UInt64,
    built_us Int64
)
ENGINE = ReplacingMergeTree(built_us)
PARTITION BY (width_s, toDate(intDiv(received_us, 1000000), 'UTC'))
ORDER BY (width_s, received_us)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""

_STATE = """
CREATE TABLE graph_state (
    key UInt8,
    slices_until_us Int64,
    minutes_until_us Int64,
    horizon_us Int64
)
ENGINE = ReplacingMergeTree(horizon_us)
ORDER BY key
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""

# Written beside `entities` (store/writer.py): a view that looks for the few rows with
# links in every insert cost ingest a seventh of the engine's time.
_LINKS = """
CREATE TABLE graph_links (
    trace_id FixedString(16),
    consumer_trace_id FixedString(16),
    received_us Int64
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(intDiv(received_us, 1000000), 'UTC')
ORDER BY (trace_id, consumer_trace_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""

GRAPH_MIGRATION = (
    _INSERTED,
    _INSERTED_INDEX,
    _MATERIALIZE,
    _SPANS,
    _STATE,
    _LINKS,
)

# Digests as texts: what Python merged can be written, and reading them needs no
# conversion. Rollups of another form are built again from the rows.
_ROLLUPS = """
CREATE TABLE graph_rollups (
    width_s UInt32,
    received_us Int64,
    build UInt64,
    built_us Int64,
    kind UInt8,
    source_name LowCardinality(String),
    source_type LowCardinality(String),
    target_name LowCardinality(String),
    target_type LowCardinality(String),
    ok UInt64,
    error UInt64,
    throttle UInt64,
    fault UInt64,
    response_us Int64,
    first_s Int64,
    last_s Int64,
    root Bool,
    reported Bool,
    region LowCardinality(String),
    aliases Array(Tuple(String, String)),
    -- milliseconds, see store/digest.py: all that ended with its response; the
    -- others' responses, and how long those lasted; the age of what came over links
    plain String CODEC(NONE),
    answered String CODEC(NONE),
    lasted String CODEC(NONE),
    age String CODEC(NONE)
)
ENGINE = MergeTree
-- days; slices by ten minutes, so that they can be dropped
PARTITION BY (width_s,
    intDiv(received_us, if(width_s < 60, toInt64(600000000), toInt64(86400000000))))
-- an entity's minutes lie together by ten, for time series
ORDER BY (width_s, intDiv(received_us, 600000000), kind, source_name, source_type,
    target_name, received_us, build)
SETTINGS index_granularity = 64, min_compress_block_size = 4096,
    fsync_after_insert = 1, fsync_part_directory = 1
"""

DIGEST_MIGRATION = (
    "DROP TABLE IF EXISTS graph_rollups",
    "TRUNCATE TABLE graph_spans",
    "TRUNCATE TABLE graph_state",
    "ALTER TABLE graph_state ADD COLUMN IF NOT EXISTS slices_from_us Int64 AFTER key",
    _ROLLUPS,
)

_ROLLUPS_APART = _ROLLUPS.replace("graph_rollups", "graph_rollups_apart", 1)

# Tables had granules of 32 rows. Slices, which are read whole, take a fifth less of a
# processor with 64, and a series over six hours a tenth less; with 256 it takes a
# quarter more.
GRANULES_MIGRATION = (
    "DROP TABLE IF EXISTS graph_rollups_apart",
    _ROLLUPS_APART,
    # By links on the disk: what is there keeps its granules until it is merged.
    "ALTER TABLE graph_rollups_apart ATTACH PARTITION ALL FROM graph_rollups",
    "EXCHANGE TABLES graph_rollups AND graph_rollups_apart",
    "DROP TABLE graph_rollups_apart",
)
