"""The tables, as versioned migrations. A released migration is never edited.

`entities` has a row a segment or subsegment, `documents` the text as it was received.
Nothing else is kept of a trace: everything answered is derived from these two. The
server applies what is missing when it opens a database, and refuses a database that a
newer Fluoro has written.
"""

from fluoro.model.flags import Flag
from fluoro.store.schema_control import CONTROL
from fluoro.store.schema_graph import (
    DIGEST_MIGRATION,
    GRANULES_MIGRATION,
    GRAPH_MIGRATION,
)


def _flag_aliases() -> str:
    """`entities.fault` and so on: readable names for the bits of `flags`."""
    return "".join(
        f"    {flag.name.lower()} Bool ALIAS bitTest(flags, {flag.bit_length() - 1}),\n"
        for flag in Flag
        if flag.name
    )


_ENTITIES = f"""
CREATE TABLE entities (
    trace_id FixedString(16),
    id UInt64 CODEC(ZSTD(1)),
    parent_id UInt64 CODEC(ZSTD(1)),
    -- the segment a subsegment belongs to; 0 for an independent one, whose
    -- parents say it, and its own id for a segment
    segment_id UInt64 CODEC(ZSTD(1)),
    -- the id of the document the row came in
    document_id UInt64 CODEC(ZSTD(1)),
    version UInt64 CODEC(Delta, ZSTD(1)),
    received_us Int64 CODEC(Delta, ZSTD(1)),
    start_us Int64 CODEC(Delta, ZSTD(1)),
    -- 0 while in_progress
    end_us Int64 CODEC(Delta, ZSTD(1)),
    flags UInt16 CODEC(ZSTD(1)),
    http_status UInt16 CODEC(ZSTD(1)),
    name LowCardinality(String),
    -- the node of the service graph: a segment's name and origin, or the
    -- resource that a remote call leads to; empty for local work
    node_name LowCardinality(String),
    node_type LowCardinality(String),
    http_method LowCardinality(String),
    http_url String CODEC(ZSTD(1)),
    user_agent LowCardinality(String),
    client_ip String CODEC(ZSTD(1)),
    user String CODEC(ZSTD(1)),
    resource_arn LowCardinality(String),
    instance_id LowCardinality(String),
    availability_zone LowCardinality(String),
    account_id LowCardinality(String),
    region LowCardinality(String),
    -- values are JSON texts: '"x"', '29', 'true'
    annotations Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    exceptions Array(Tuple(id UInt64, name String, message String)) CODEC(ZSTD(1)),
    cause_reference UInt64 CODEC(ZSTD(1)),
    links Array(Tuple(trace_id FixedString(16), id UInt64)) CODEC(ZSTD(1)),
{_flag_aliases()}
    INDEX start_us start_us TYPE minmax GRANULARITY 4,
    INDEX received_us received_us TYPE minmax GRANULARITY 4,
    INDEX end_us end_us TYPE minmax GRANULARITY 4,
    -- searches for a rare annotation read the few granules that may hold it
    INDEX annotation_keys mapKeys(annotations) TYPE bloom_filter GRANULARITY 1,
    INDEX annotation_values mapValues(annotations) TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(intDiv(received_us, 1000000), 'UTC')
ORDER BY (trace_id, id)
-- Traces are read a few at a time, from all over a window: 100 of a million cost 23 ms
-- so, 58 ms with granules of 8192 rows and blocks of 64 KiB, for 2.5 % more disk. The
-- indexes by time take four granules together: more of their marks would tell no more.
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 2048,
    min_compress_block_size = 16384
"""

_DOCUMENTS = """
CREATE TABLE documents (
    trace_id FixedString(16),
    received_us Int64 CODEC(Delta, ZSTD(1)),
    document String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(intDiv(received_us, 1000000), 'UTC')
ORDER BY (trace_id, received_us)
-- documents are long and read a few at a time: reading 5 traces of 15,000 takes 4 ms
-- with granules of 256 and 15 ms with 8192, at the same size on disk
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 256
"""

_RECORDS = """
CREATE TABLE records (
    kind LowCardinality(String),
    key String,
    revision UInt64,
    changed_us Int64,
    deleted Bool,
    value String
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (kind, key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""

# Derived from the rows of a trace whenever a search asks (store/causes.py).
_CAUSES = """
CREATE TABLE causes (
    trace_id FixedString(16),
    -- of the trace's rows: with other rows the causes are others
    stamp UInt64,
    received_us Int64 CODEC(Delta, ZSTD(1)),
    elements Array(Tuple(kind LowCardinality(String), level LowCardinality(String),
        index UInt32, size UInt32, name String, type String, remote Bool,
        inferred Bool, coverage Float64, message String)) CODEC(ZSTD(1)),
    texts Array(String) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(intDiv(received_us, 1000000), 'UTC')
ORDER BY (trace_id, stamp)
"""

# The engine looks at every such column for each mention of the table: a third of what
# planning a small statement took.
_FLAG_ALIASES_GONE = "ALTER TABLE entities " + ", ".join(
    f"DROP COLUMN IF EXISTS {flag.name.lower()}" for flag in Flag if flag.name
)

# What searches read all over a window was slow to unpack: a sum over 750,000 times took
# 19 to 29 ms of a processor, one takes 7 to 10; annotations 38 and 18, segments' ids 18
# and 12 (medians). Ends take less disk so, the others more: the table an eighth.
_QUICK_CODECS = "ALTER TABLE entities " + ", ".join(
    f"MODIFY COLUMN {column} CODEC({codec})"
    for column, codec in {
        "id": "LZ4",
        "parent_id": "LZ4",
        "segment_id": "LZ4",
        "start_us": "T64, LZ4",
        "end_us": "T64, LZ4",
        "flags": "LZ4",
        "annotations": "LZ4",
    }.items()
)

# Searched for a part, a million rows took 43 ms, and take 24 so (medians).
_QUICK_URLS = "ALTER TABLE entities MODIFY COLUMN http_url CODEC(LZ4)"

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (_ENTITIES, _DOCUMENTS, _RECORDS),
    CONTROL,
    GRAPH_MIGRATION,
    (_CAUSES,),
    DIGEST_MIGRATION,
    (_FLAG_ALIASES_GONE,),
    (_QUICK_CODECS,),
    (_QUICK_URLS,),
    GRANULES_MIGRATION,
)
"""The statements of each version, in order; version n is `MIGRATIONS[n - 1]`."""
