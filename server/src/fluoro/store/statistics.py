"""Statistics of the graph's entities: from observations, and from each other.

An entity is a node or an edge: kind, source, target. Its statistics are counts, sums
and t-digests, which add up over spans of receipt; `graph_rollups` has these columns.
"""

KEY = "kind, source_name, source_type, target_name, target_type"

COLUMNS = f"""{KEY}, ok, error, throttle, fault, response_us, first_s, last_s, root,
    reported, region, aliases, plain, answered, lasted, age"""

# Each counts once: throttle before fault before error (IS_ERROR 64, IS_FAULT 128,
# IS_THROTTLE 256). A digest holds milliseconds, of which halves are exact.
FROM_OBSERVATIONS = """
    countIf(bitAnd(flags, 448) = 0) AS ok,
    countIf(bitAnd(flags, 448) = 64) AS error,
    countIf(bitAnd(flags, 256) != 0) AS throttle,
    countIf(bitAnd(flags, 384) = 128) AS fault,
    sum(o.response_us) AS response_us,
    min(toInt64(floor(base_us / 1000000))) AS first_s,
    max(toInt64(floor(base_us / 1000000))) AS last_s,
    max(o.root) AS root,
    max(o.reported) AS reported,
    max(o.region) AS region,
    groupUniqArrayIf((toString(alias_name), toString(alias_type)), alias_name != '')
        AS aliases,
    quantileTDigestStateIf(toFloat32(o.response_us / 1000),
        o.response_us = duration_us) AS plain,
    quantileTDigestStateIf(toFloat32(o.response_us / 1000),
        o.response_us != duration_us) AS answered,
    quantileTDigestStateIf(toFloat32(duration_us / 1000),
        o.response_us != duration_us) AS lasted,
    quantileTDigestStateIf(toFloat32(age_us / 1000), kind = 4) AS age
"""

FROM_ROLLUPS = """
    sum(r.ok) AS ok,
    sum(r.error) AS error,
    sum(r.throttle) AS throttle,
    sum(r.fault) AS fault,
    sum(r.response_us) AS response_us,
    min(r.first_s) AS first_s,
    max(r.last_s) AS last_s,
    max(r.root) AS root,
    max(r.reported) AS reported,
    max(r.region) AS region,
    groupUniqArrayArray(r.aliases) AS aliases,
    quantileTDigestMergeState(r.plain) AS plain,
    quantileTDigestMergeState(r.answered) AS answered,
    quantileTDigestMergeState(r.lasted) AS lasted,
    quantileTDigestMergeState(r.age) AS age
"""
