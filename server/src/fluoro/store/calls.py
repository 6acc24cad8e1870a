"""SQL that derives the service graph's observations from rows.

An observation is one thing seen of one entity of the graph: a segment at its service's
node, a call on the edge from its caller, the same call at the node of a resource that
reports nothing itself. Graph, histograms and series are counts and t-digests over
observations, so these rules are all there is to know:

- A completed segment is an observation of its service's node, and one without parent
  also of the edge from its client. What is in progress contributes nothing yet, nor do
  the calls of a segment that is not completed.
- A completed `aws` or `remote` subsegment is a call. Answered by completed segments
  that name it as their parent, it is seen on the edges to their services, with the
  caller's times and outcome, and the name it went under is the edge's alias. Otherwise
  it is seen on the edge to the inferred node, and at that node.
- A segment whose parent is another segment, or completed local work in one, is seen on
  the edge between the two with its own times and outcome (Lambda's two nodes).
- A segment that links to an entity of another trace is seen on a `link` edge from that
  entity's node, with the time since its start as the age of what was received.

An observation's clock is the latest receipt of what makes it one: a call and the
segment that it belongs to, both ends of the other edges. Who answers a call is taken
from all that is known, so a late answer moves a call that an earlier minute has counted
from the inferred node to the service: a window over both shows one normal graph. Parts
of traces received more than `REACH_US` apart are not joined.

An observation is bounded by the start of the segment seen, an edge's by its source's.

The steps keep their results in temporary tables of one session: one statement for all
takes the engine's planner longer than the work.
"""

from collections.abc import Mapping
from typing import Any

from fluoro.model.limits import CLIMB_DEPTH_MAX
from fluoro.store.engine import Rows, Session
from fluoro.store.statistics import DIGESTS, FROM_OBSERVATIONS

TRACE_COLUMN = "trace_id FixedString(16)"
"""The column of tables that hold traces."""

REACH_US = 6 * 3600 * 1_000_000
"""How far apart in receipt the parts of a trace may lie and still be joined."""

_DEPTH_DOUBLINGS = (CLIMB_DEPTH_MAX - 1).bit_length()
"""So often twice as far: to as many parents as a search follows."""

ENTITIES = "entities FINAL"
AS_OF = f"{ENTITIES} PREWHERE inserted_us <= {{as_of_us:Int64}}"
"""The rows as of a moment: PREWHERE leaves out what came later before FINAL sees it."""

NODE, EDGE, CLIENT, LINK = 1, 2, 3, 4
"""`kind` of an observation; a client's node is known by its edge."""

Parameters = Mapping[str, Any]

# A node goes by a number until its statistics are known, and a trace by one: joining
# and grouping by texts took half the time. Local work has no node.
_ROWS = """
SELECT trace_id, cityHash64(trace_id) AS trace, id, parent_id, segment_id, document_id,
    received_us, inserted_us, start_us, end_us, flags, node_name, node_type, region,
    links, {own} AS own,
    if(node_name = '' AND bitAnd(flags, 2) = 0, 0,
        cityHash64(cityHash64(node_name), cityHash64(node_type))) AS node
FROM {source}
WHERE {scope}
"""

_ROWS_COLUMNS = """
    trace_id FixedString(16), trace UInt64, id UInt64, parent_id UInt64,
    segment_id UInt64, document_id UInt64, received_us Int64, inserted_us Int64,
    start_us Int64, end_us Int64, flags UInt16, node_name LowCardinality(String),
    node_type LowCardinality(String), region LowCardinality(String),
    links Array(Tuple(FixedString(16), UInt64)), own Bool, node UInt64
"""

_LINKED = """
trace_id IN (
    SELECT arrayJoin(links).1 FROM staged_rows
    UNION ALL
    SELECT consumer_trace_id FROM graph_links
    WHERE trace_id IN (SELECT trace_id FROM staged_rows)
) AND trace_id NOT IN (SELECT trace_id FROM staged_rows)
"""

_RARE = """
SELECT count(), countIf(segment_id = 0),
    countIf(bitAnd(flags, 3) = 2 AND parent_id != 0), countIf(notEmpty(links)),
    (SELECT count() FROM graph_links)
FROM staged_rows
"""

_LINKED_TO = """
SELECT count() FROM graph_links WHERE trace_id IN (SELECT trace_id FROM staged_rows)
"""

_OUTLIVE = "SELECT count() FROM staged_attached WHERE outlives"

# An independent subsegment, and the next entity on the way to its segment: from
# inside a document to its own subsegment, from there to that one's parent.
_CHAIN = """
SELECT trace, id, if(id = document_id, parent_id, document_id) AS up,
    inserted_us AS inserted
FROM staged_rows WHERE segment_id = 0
"""

_CHAIN_COLUMNS = "trace UInt64, id UInt64, up UInt64, inserted Int64"

_CHAIN_DOUBLED = """
SELECT a.trace AS trace, a.id AS id, if(b.id = 0, a.up, b.up) AS up,
    greatest(a.inserted, b.inserted) AS inserted
FROM staged_chain_{last} AS a
LEFT JOIN staged_chain_{last} AS b ON b.trace = a.trace AND b.id = a.up
"""

_CHAIN_UNFINISHED = """
SELECT count() FROM staged_chain_{last}
WHERE (trace, up) IN (SELECT trace, id FROM staged_chain_{last})
"""

_SERVICES = """
SELECT trace, id, parent_id, received_us AS received, inserted_us AS inserted,
    start_us, end_us, flags, node, region, links, own
FROM staged_rows WHERE bitAnd(flags, 3) = 2
"""

_SERVICES_COLUMNS = """
    trace UInt64, id UInt64, parent_id UInt64, received Int64, inserted Int64,
    start_us Int64, end_us Int64, flags UInt16, node UInt64,
    region LowCardinality(String), links Array(Tuple(FixedString(16), UInt64)), own Bool
"""

_EMBEDDED = """
SELECT trace, id, segment_id AS owner, received_us, inserted_us, start_us, end_us,
    flags, node, region
FROM staged_rows WHERE bitAnd(flags, 3) = 0 AND segment_id != 0
"""

_INDEPENDENT = """
SELECT r.trace, r.id, p.segment_id, r.received_us,
    greatest(r.inserted_us, u.inserted, p.inserted_us), r.start_us, r.end_us, r.flags,
    r.node, r.region
FROM staged_rows AS r
JOIN staged_chain_{last} AS u ON u.trace = r.trace AND u.id = r.id
JOIN staged_rows AS p ON p.trace = u.trace AND p.id = u.up
WHERE bitAnd(r.flags, 3) = 0 AND r.segment_id = 0 AND p.segment_id != 0
"""

# Completed subsegments with the completed segment they belong to.
_ATTACHED = """
SELECT o.trace AS trace, o.id AS id, o.owner AS owner,
    greatest(o.received_us, s.received) AS received,
    greatest(o.inserted_us, s.inserted) AS inserted,
    o.start_us AS start_us, o.end_us AS end_us, o.flags AS flags,
    o.node AS node, o.region AS region, s.node AS owner_node, s.parent_id = 0 AS root,
    s.start_us AS base_us, s.own AS own,
    o.end_us > s.end_us OR o.start_us < s.start_us AS outlives
FROM ({owned}) AS o
JOIN staged_services AS s ON s.trace = o.trace AND s.id = o.owner
"""

_ATTACHED_COLUMNS = """
    trace UInt64, id UInt64, owner UInt64, received Int64, inserted Int64,
    start_us Int64, end_us Int64, flags UInt16, node UInt64,
    region LowCardinality(String), owner_node UInt64, root Bool, base_us Int64,
    own Bool, outlives Bool
"""

_CALLS = """
SELECT c.trace AS trace, c.id AS id, c.received AS received,
    greatest(c.inserted, a.inserted) AS inserted, c.start_us AS start_us,
    greatest(c.end_us - c.start_us, 0) AS spent_us, c.flags AS flags,
    c.node AS node, c.region AS region, c.owner_node AS owner_node, c.root AS root,
    c.base_us AS base_us, c.own AS own, notEmpty(a.nodes) AS answered,
    if(answered, a.nodes, [node]) AS nodes
FROM staged_attached AS c
LEFT JOIN (
    SELECT trace, parent_id, max(inserted) AS inserted,
        groupUniqArray(node) AS nodes
    FROM staged_services WHERE parent_id != 0 GROUP BY trace, parent_id
) AS a ON a.trace = c.trace AND a.parent_id = c.id
WHERE c.node != 0
"""

_CALLS_COLUMNS = """
    trace UInt64, id UInt64, received Int64, inserted Int64, start_us Int64,
    spent_us Int64, flags UInt16, node UInt64, region LowCardinality(String),
    owner_node UInt64, root Bool, base_us Int64, own Bool, answered Bool,
    nodes Array(UInt64)
"""

# What a segment that is no answer to a call can come from.
_POINTS = """
SELECT trace, id, received, inserted, start_us, base_us, root, own,
    owner_node AS node
FROM staged_attached AS a WHERE a.node = 0
UNION ALL
SELECT trace, id, received, inserted, start_us, start_us, parent_id = 0, own, node
FROM staged_services
"""

_SOURCES = """
SELECT trace, id, received, inserted, start_us, base_us, false AS root, own,
    source AS node
FROM staged_calls ARRAY JOIN nodes AS source
"""

# A segment at its node, and on its client's edge where it has no parent.
_SEEN_SEGMENTS = f"""
SELECT kind, s.node AS source, if(kind = {NODE}, 0, s.node) AS target,
    toUInt64(0) AS alias, s.received AS clock, {{inserted}} AS inserted,
    s.flags AS flags, s.start_us AS base_us,
    greatest(s.end_us - s.start_us, 0) AS response_us, {{duration_us}} AS duration_us,
    toInt64(0) AS age_us, kind = {NODE} AND s.parent_id = 0 AS root, true AS reported,
    if(kind = {NODE}, s.region, '') AS region
FROM staged_services AS s {{lasted}}
ARRAY JOIN if(s.parent_id = 0, [{NODE}, {CLIENT}], [{NODE}]) AS kind
WHERE s.own
"""

_AS_ANSWERED = _SEEN_SEGMENTS.format(
    inserted="s.inserted", duration_us="response_us", lasted=""
)

_AS_LASTED = _SEEN_SEGMENTS.format(
    inserted="greatest(s.inserted, o.inserted)",
    duration_us=f"""if(kind != {NODE} OR o.owner = 0, response_us,
        greatest(greatest(s.end_us, o.end_us) - least(s.start_us, o.start_us), 0))""",
    lasted="""
LEFT JOIN (
    SELECT trace, owner, max(end_us) AS end_us, min(start_us) AS start_us,
        max(inserted) AS inserted
    FROM staged_attached WHERE outlives GROUP BY trace, owner
) AS o ON o.trace = s.trace AND o.owner = s.id""",
)

# A call on the edges to who answers it, or on the one to the inferred node and there.
_SEEN_CALLS = f"""
SELECT seen.1, seen.2, seen.3, seen.4, received, inserted, flags, base_us, spent_us,
    spent_us, 0, root AND seen.1 = {EDGE}, answered, if(seen.1 = {NODE}, region, '')
FROM {{calls}} ARRAY JOIN if(answered,
    arrayMap(target -> ({EDGE}, owner_node, target, node), nodes),
    [({EDGE}, owner_node, node, toUInt64(0)), ({NODE}, node, toUInt64(0), toUInt64(0))]
) AS seen
WHERE own
"""

_SEGMENT_EDGES = f"""
SELECT {EDGE}, p.node, s.node, 0, greatest(s.received, p.received),
    greatest(s.inserted, p.inserted), s.flags, p.base_us,
    greatest(s.end_us - s.start_us, 0) AS spent_us, spent_us, 0, p.root, true, ''
FROM ({_POINTS}) AS p
JOIN (SELECT * FROM staged_services WHERE parent_id != 0 AND own) AS s
    ON s.trace = p.trace AND s.parent_id = p.id
"""

_LINK_EDGES = f"""
SELECT {LINK}, p.node, c.node, 0, greatest(c.received, p.received),
    greatest(c.inserted, p.inserted), c.flags, p.base_us,
    greatest(c.end_us - c.start_us, 0) AS spent_us, spent_us,
    greatest(c.start_us - p.start_us, 0), p.root, true, ''
FROM (
    SELECT *, cityHash64(link.1) AS up_trace, link.2 AS up_id
    FROM staged_services ARRAY JOIN arrayDistinct(links) AS link
) AS c
JOIN ({_POINTS} UNION ALL {_SOURCES}) AS p
    ON p.trace = c.up_trace AND p.id = c.up_id
WHERE (c.own OR p.own)
    AND NOT (c.up_trace = c.trace AND c.up_id IN (c.parent_id, c.id))
"""

_OBSERVATIONS_COLUMNS = """
    kind UInt8, source UInt64, target UInt64, alias UInt64, clock Int64,
    inserted Int64, flags UInt16, base_us Int64, response_us Int64, duration_us Int64,
    age_us Int64, root Bool, reported Bool, region LowCardinality(String)
"""

_STATISTICS = f"""
SELECT {{span}} AS received_us, kind, source, target, {FROM_OBSERVATIONS},
    groupUniqArrayIf(alias, alias != 0) AS called
FROM staged_observations AS o WHERE {{where}}
GROUP BY received_us, kind, source, target
"""

_NODES = """
SELECT node, any(node_name) AS name, any(node_type) AS type
FROM staged_rows GROUP BY node
"""

STATISTICS = f"""
WITH (SELECT (groupArray(node), groupArray(name), groupArray(type)) FROM ({_NODES}))
        AS nodes,
    node -> transform(node, nodes.1, nodes.2, '') AS name,
    node -> transform(node, nodes.1, nodes.3, '') AS type
SELECT * EXCEPT (source, target, called),
    name(source) AS source_name,
    if(kind = {CLIENT}, 'client', type(source)) AS source_type,
    name(target) AS target_name, type(target) AS target_type,
    arrayMap(alias -> (name(alias), type(alias)), called) AS aliases
FROM ({_STATISTICS})
"""
"""The SELECT of the staged observations' statistics by spans of receipt: columns
`received_us` and those of a rollup."""

_NO_NODE = ("", "")


def read_statistics(
    session: Session, where: str = "true", parameters: Parameters | None = None
) -> Rows:
    """Return the statistics of the staged observations that meet a condition.

    Rows have a rollup's `COLUMNS`. Their nodes get their names here: in `STATISTICS`
    that takes as long as all the rest does.
    """
    nodes = {number: pair for number, *pair in session.query(_NODES)}
    if not nodes:
        return []
    select = _STATISTICS.format(span="0", where=where)
    rows = []
    for _, kind, source, target, *cells in session.query(select, parameters, DIGESTS):
        name, type_ = nodes.get(source, _NO_NODE)
        *counts, plain, answered, lasted, age, called = cells
        aliases = [tuple(nodes[number]) for number in called]
        rows.append(
            (
                kind,
                name,
                "client" if kind == CLIENT else type_,
                *nodes.get(target, _NO_NODE),
                *counts,
                aliases,
                *(plain, answered, lasted, age),
            )
        )
    return rows


def stage(
    session: Session, scope: str, parameters: Parameters, source: str = ENTITIES
) -> bool:
    """Derive the observations of whole traces into `staged_observations`.

    `scope` is the condition that chooses the rows of `source`. Columns: `kind`,
    `source`, `target` and `alias` (numbers of nodes, 0 for none), `clock` (receipt,
    us), `inserted` (when the last row it depends on came into the store, us), `flags`,
    `base_us`, `response_us`, `duration_us` (with work that outlives the response),
    `age_us` (links), `root` (the node, or an edge's source, is an entry point),
    `reported` (the node, or an edge's target, reports segments itself) and `region`.
    Other traces that these link to, or that link to these, are looked at for `link`
    edges only. Returns whether any work outlives the segment it belongs to. Raises
    EngineError.
    """
    rows = _ROWS.format(source=source, scope=scope, own="true")
    session.keep("staged_rows", _ROWS_COLUMNS, rows, parameters)
    found, loose, called, linked, any_links = session.query(_RARE)[0]
    if not found:
        session.keep("staged_observations", _OBSERVATIONS_COLUMNS)
        return False
    linked = linked or (any_links and session.query(_LINKED_TO)[0][0])
    if linked:
        rows = _ROWS.format(source=ENTITIES, scope=_LINKED, own="false")
        session.keep("staged_linked", _ROWS_COLUMNS, rows)
        session.command("INSERT INTO staged_rows SELECT * FROM staged_linked")
        loose = True
    owned = _EMBEDDED
    if loose:
        owned += " UNION ALL " + _INDEPENDENT.format(last=_stage_chain(session))
    session.keep("staged_services", _SERVICES_COLUMNS, _SERVICES)
    session.keep("staged_attached", _ATTACHED_COLUMNS, _ATTACHED.format(owned=owned))
    calls = f"({_CALLS})"
    if linked:
        session.keep("staged_calls", _CALLS_COLUMNS, _CALLS)
        calls = "staged_calls"
    outlived = bool(session.query(_OUTLIVE)[0][0])
    # What is not there needs no join: it would take a quarter of the time.
    parts = {
        _AS_LASTED: outlived,
        _AS_ANSWERED: not outlived,
        _SEEN_CALLS.format(calls=calls): True,
        _SEGMENT_EDGES: called,
        _LINK_EDGES: linked,
    }
    seen = " UNION ALL ".join(part for part, there in parts.items() if there)
    session.keep("staged_observations", _OBSERVATIONS_COLUMNS, seen)
    return outlived


def _stage_chain(session: Session) -> int:
    """Follow independent subsegments up, twice as far each time."""
    session.keep("staged_chain_0", _CHAIN_COLUMNS, _CHAIN)
    for last in range(_DEPTH_DOUBLINGS):
        if not session.query(_CHAIN_UNFINISHED.format(last=last))[0][0]:
            return last
        doubled = _CHAIN_DOUBLED.format(last=last)
        session.keep(f"staged_chain_{last + 1}", _CHAIN_COLUMNS, doubled)
    return _DEPTH_DOUBLINGS
