"""What a compiled filter asks of traces, as SQL over the rows of candidates.

Each view has one row a trace and the columns of `Condition` that it computes:

- the base: the trace's time (`at`), tests of any row and of the first root segment;
- `spans`: tests of a trace's bounds, where it has a duration;
- `nodes`: over segments, and calls that nobody answers (`inferred`); a segment without
  a parent stands for its client too. Also whether the trace is `partial`;
- `edges`: over calls as the caller saw them, or as the callee did where the caller has
  no subsegment for it.

A subsegment's `owner` is the segment it belongs to. An independent one is followed up
through its parents; an orphan (owner 0) makes no node. All this agrees with what
`query` makes of the same trace's documents.

Relatives are found by grouping: a segment is put under its own id and its parent's, so
that one pass over the rows brings an entity and the segments below it together.
"""

from fluoro.filters.compile import Condition, Selectors
from fluoro.model.limits import CLIMB_DEPTH_MAX
from fluoro.store.causes import CAUSES

CANDIDATES = """trace_id IN (
    SELECT toFixedString(unhex(arrayJoin({ids:Array(String)})), 16))"""

_SEGMENT = "bitAnd(flags, 2) != 0"
_DONE = "bitAnd(flags, 1) = 0"
# Recorded: a segment's namespace means nothing.
_CALL = "bitAnd(flags, 2) = 0 AND bitAnd(flags, 1536) != 0"
_PROMISED = "bitAnd(flags, 4098) = 4096"
_ROOT = "bitAnd(flags, 8192) != 0"

_BASE = f"SELECT trace_id, {{columns}} FROM entities FINAL WHERE {CANDIDATES}"

_OWNED_PLAINLY = f"""
    SELECT trace_id, id, parent_id, start_us, end_us, flags, segment_id AS owner,
        {{leaves}} AS leaves
    FROM entities FINAL WHERE {CANDIDATES}"""

# Each step joins the independent subsegments to their parents among themselves; where
# that ends, the parent is a segment, one of its embedded subsegments, or missing.
_OWNED_BY_CLIMBING = f"""
    SELECT r.trace_id AS trace_id, r.id AS id, r.parent_id AS parent_id,
        r.start_us AS start_us, r.end_us AS end_us, r.flags AS flags,
        if(r.segment_id = 0, c.owner, r.segment_id) AS owner, r.leaves AS leaves
    FROM (
        SELECT trace_id, id, parent_id, start_us, end_us, flags, segment_id,
            {{leaves}} AS leaves
        FROM entities FINAL WHERE {CANDIDATES}
    ) AS r
    LEFT JOIN (
        WITH RECURSIVE climbs AS (
            SELECT trace_id, id, parent_id AS up, 1 AS depth
            FROM entities FINAL WHERE {CANDIDATES} AND segment_id = 0
            UNION ALL
            SELECT b.trace_id, b.id, p.parent_id, b.depth + 1
            FROM climbs AS b
            JOIN (
                SELECT trace_id, id, parent_id
                FROM entities FINAL WHERE {CANDIDATES} AND segment_id = 0
            ) AS p ON p.trace_id = b.trace_id AND p.id = b.up
            WHERE b.depth < {CLIMB_DEPTH_MAX}
        )
        SELECT b.trace_id AS trace_id, b.id AS id, s.segment_id AS owner
        FROM climbs AS b
        JOIN (
            SELECT trace_id, id, segment_id
            FROM entities FINAL WHERE {CANDIDATES} AND segment_id != 0
        ) AS s ON s.trace_id = b.trace_id AND s.id = b.up
    ) AS c ON c.trace_id = r.trace_id AND c.id = r.id"""

_SPANS = f"""(
    SELECT trace_id, {{tests}} FROM (
        SELECT trace_id, first AS start_us, last AS end_us, 0 AS flags FROM (
            SELECT trace_id, minIf(start_us, start_us > 0) AS first,
                maxIf(end_us, {_DONE}) AS last, countIf({_DONE}) AS ends,
                countIf(start_us > 0) AS starts
            FROM ({{owned}}) WHERE owner != 0 GROUP BY trace_id
        ) WHERE ends > 0 AND starts > 0 AND last >= first
    )
)"""

# An entity (if `known`) with the segments that name it as their parent (`callees`).
_FAMILIES = f"""
    SELECT trace_id, key, max(own) AS known, anyIf(bits, own) AS flags,
        anyIf(owned_by, own) AS owner, anyIf(leaves, own) AS mine,
        groupArrayIf(leaves, NOT own) AS callees
    FROM (
        SELECT trace_id, flags AS bits, owner AS owned_by, leaves,
            arrayJoin(if({_SEGMENT} AND parent_id != 0,
                [(id, true), (parent_id, false)], [(id, true)])) AS place,
            place.1 AS key, place.2 AS own
        FROM ({{owned}})
    ) GROUP BY trace_id, key"""

_INFERRED = f"{_CALL} AND {_DONE} AND owner != 0 AND empty(callees)"

_NODES = f"""(
    SELECT trace_id, {{columns}} FROM (
        SELECT trace_id, mine, flags, {_ROOT} AS root,
            known AND {_INFERRED} AS inferred,
            {_SEGMENT} OR inferred AS node,
            NOT known OR NOT {_DONE} OR owner = 0
                OR {_PROMISED} AND empty(callees) AS partial
        FROM ({_FAMILIES})
    ) GROUP BY trace_id
)"""

# A hop is (leaves of who saw it, of its target, is the target inferred), and is put
# under the segment it starts from, which brings its own leaves.
_EDGES = f"""(
    SELECT trace_id, {{columns}} FROM (
        SELECT trace_id, {{client_columns}}, anyIf(item.3, item.2) AS source,
            groupArrayIf((item.3, item.4, item.5), NOT item.2) AS hops,
            max(item.2) AS reported
        FROM (
            SELECT trace_id, {{client_edges}}, arrayJoin(arrayConcat(
                [(if({_SEGMENT}, key, 0), {_SEGMENT}, mine, mine, false)],
                multiIf(owner = 0, [],
                    notEmpty(callees), arrayMap(c -> (
                        owner, false, if({_CALL}, mine, c), c, false), callees),
                    {_INFERRED}, [(owner, false, mine, mine, true)],
                    []))) AS item
            FROM ({_FAMILIES}) WHERE known
        ) GROUP BY trace_id, item.1
    ) GROUP BY trace_id
)"""

INDEPENDENT = f"""
SELECT count() > 0 FROM (
    SELECT 1 FROM entities WHERE {CANDIDATES} AND segment_id = 0 LIMIT 1)"""
"""Whether any of the candidates (parameter `ids`) has an independent subsegment."""


def needs_owners(condition: Condition) -> bool:
    """Return whether it matters which segment a subsegment belongs to."""
    return bool(condition.span or condition.nodes or condition.edges or condition.facts)


def timed_traces(condition: Condition, at: str, *, climb: bool) -> str:
    """Return a FROM item: a row a candidate with its time and the condition's columns.

    `at` is the SQL of a trace's time over its rows, `climb` whether there are
    independent subsegments. The parameter `ids` holds the candidates' ids in hex.
    """
    tests = [
        *(f"max({sql}) AS a{n}" for n, sql in enumerate(condition.any)),
        *(
            f"argMinIf({sql}, (start_us, id), {_ROOT}) AS r{n}"
            for n, sql in enumerate(condition.root)
        ),
    ]
    columns = ", ".join([f"{at} AS at", *tests])
    base = f"({_BASE.replace('{columns}', columns)} GROUP BY trace_id) AS base"
    leaves = f"[{', '.join(f'toBool({sql})' for sql in condition.leaves) or 'true'}]"
    owned = _owned(leaves, climb=climb)
    joined = [base]
    for name, sql in _views(condition).items():
        view = sql.replace("{owned}", owned)
        joined.append(f"LEFT JOIN {view} AS {name} ON {name}.trace_id = base.trace_id")
    return " ".join(joined)


def selected_entities(selectors: Selectors, *, climb: bool) -> dict[str, str]:
    """Return SELECTs of `trace_id` and the entities that terms select.

    `nodes` gives (term from 1, id), `edges` (term, id of who saw it, of its target),
    each for the first term that selects the entity. The parameter `ids` holds the
    traces' ids in hex.
    """
    # Beside an entity's leaves its id goes wherever they go.
    leaves = [f"toUInt64({sql})" for sql in selectors.leaves]
    owned = _owned(f"[{', '.join([*leaves, 'id'])}]", climb=climb)
    found = {}
    if selectors.nodes:
        term = _first(selectors.nodes)
        found["nodes"] = _NODES.replace(
            "{columns}", f"groupArrayIf(({term}, mine[-1]), {term} > 0)"
        )
    if selectors.edges:
        hops = f"arrayMap(h -> ({_first(selectors.edges)}, h.1[-1], h.2[-1]), hops)"
        seen = f"arrayFilter(s -> reported AND s.1 > 0, {hops})"
        client = f"if({_ROOT}, {_first(selectors.client_edges)}, 0)"
        found["edges"] = (
            _EDGES.replace("{columns}", f"groupUniqArrayArray(arrayConcat({seen}, c))")
            .replace("{client_edges}", f"({client}, mine[-1], mine[-1]) AS client")
            .replace("{client_columns}", "groupUniqArrayIf(client, client.1 > 0) AS c")
        )
    return {
        name: f"SELECT * FROM {sql.replace('{owned}', owned)}"
        for name, sql in found.items()
    }


def _first(tests: tuple[str, ...]) -> str:
    """Return the number, from 1, of the first test that holds; 0 where none does."""
    return f"indexOf([{', '.join(f'toBool({sql})' for sql in tests)}], true)"


def _owned(leaves: str, *, climb: bool) -> str:
    sql = _OWNED_BY_CLIMBING if climb else _OWNED_PLAINLY
    return sql.replace("{leaves}", leaves)


def _views(condition: Condition) -> dict[str, str]:
    found = {}
    if condition.span:
        found["spans"] = _SPANS.replace("{tests}", _named("d", condition.span))
    facts = [f"max({fact}) AS some_{fact}" for fact in condition.facts]
    nodes = [f"max({sql}) AS n{n}" for n, sql in enumerate(condition.nodes)]
    if facts or nodes:
        found["nodes"] = _NODES.replace("{columns}", ", ".join([*nodes, *facts]))
    if condition.edges:
        found["edges"] = _edges(condition)
    causes = [f"max({sql}) AS x{n}" for n, sql in enumerate(condition.causes)]
    if causes:
        found["found_causes"] = CAUSES.replace("{columns}", ", ".join(causes))
    return found


def _edges(condition: Condition) -> str:
    clients = [f"c{n}" for n in range(len(condition.client_edges))]
    edges = [
        f"max(reported AND arrayExists(h -> {sql}, hops)) AS e{n}"
        for n, sql in enumerate(condition.edges)
    ]
    columns = [*edges, *(f"max({name}) AS {name}" for name in clients)]
    tests = [f"{_ROOT} AND {sql}" for sql in condition.client_edges]
    sql = _EDGES.replace("{columns}", ", ".join(columns))
    sql = sql.replace("{client_edges}", _named("c", tests))
    inner = ", ".join(f"max({name}) AS {name}" for name in clients)
    return sql.replace("{client_columns}", inner)


def _named(letter: str, tests: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"({sql}) AS {letter}{n}" for n, sql in enumerate(tests))
