"""Statistics of the graph's entities: from observations, and from each other.

An entity is a node or an edge: kind, source, target. Its statistics are counts, sums
and t-digests, which add up over spans of receipt; `graph_rollups` has these columns.
"""

KEY = "kind, source_name, source_type, target_name, target_type"

COUNTS = "ok, error, throttle, fault, response_us"

DIGESTS = ("plain", "answered", "lasted", "age")
"""Texts of states of the engine's t-digest, see `digest`."""

COLUMNS = f"""{KEY}, {COUNTS}, first_s, last_s, root, reported, region, aliases,
    {", ".join(DIGESTS)}"""

_INT64_MAX = (1 << 63) - 1


def _digest(value: str, condition: str) -> str:
    """Return the SQL of a digest of what meets a condition.

    Sorted, centroids do not overlap: the digest is the same whatever the order of the
    rows, and its ranks are several times truer.
    """
    values = f"arraySort(groupArrayIf(toFloat32({value} / 1000), {condition}))"
    return f"CAST(arrayReduce('quantileTDigestState', {values}), 'String')"


def _total(row: str) -> str:
    """Return the SQL of a sum of response times, which stops where 64 bits do.

    A few dozen segments that last thousands of years are enough to get there.
    """
    return f"toInt64(least(sum(toInt128({row}.response_us)), {_INT64_MAX}))"


# Each counts once: throttle before fault before error (IS_ERROR 64, IS_FAULT 128,
# IS_THROTTLE 256). A digest holds milliseconds, of which halves are exact.
FROM_OBSERVATIONS = f"""
    countIf(bitAnd(flags, 448) = 0) AS ok,
    countIf(bitAnd(flags, 448) = 64) AS error,
    countIf(bitAnd(flags, 256) != 0) AS throttle,
    countIf(bitAnd(flags, 384) = 128) AS fault,
    {_total("o")} AS response_us,
    toInt64(floor(min(base_us) / 1000000)) AS first_s,
    toInt64(floor(max(base_us) / 1000000)) AS last_s,
    max(o.root) AS root,
    max(o.reported) AS reported,
    max(o.region) AS region,
    {_digest("o.response_us", "o.response_us = duration_us")} AS plain,
    {_digest("o.response_us", "o.response_us != duration_us")} AS answered,
    {_digest("duration_us", "o.response_us != duration_us")} AS lasted,
    {_digest("age_us", "kind = 4")} AS age
"""

FROM_ROLLUPS = f"""
    sum(r.ok) AS ok,
    sum(r.error) AS error,
    sum(r.throttle) AS throttle,
    sum(r.fault) AS fault,
    {_total("r")} AS response_us,
    min(r.first_s) AS first_s,
    max(r.last_s) AS last_s,
    max(r.root) AS root,
    max(r.reported) AS reported,
    max(r.region) AS region,
    groupUniqArrayArray(r.aliases) AS aliases
"""


def joined(digest: str) -> str:
    """Return the SQL of a text of a column's digests, one after the other."""
    return f"arrayStringConcat(groupArray(r.{digest}))"


def merged(digest: str, apart: str) -> str:
    """Return the SQL of a text of a column's digests.

    Those of rows that meet `apart` stay as they are, one after the other; the engine
    merges the others into one, which is faster and less true.
    """
    states = (
        f"CAST(if({apart}, unhex('00'), r.{digest}),"
        " 'AggregateFunction(quantileTDigest, Float32)')"
    )
    whole = f"arrayStringConcat(groupArrayIf(r.{digest}, {apart}))"
    return f"concat({whole}, CAST(quantileTDigestMergeState({states}), 'String'))"
