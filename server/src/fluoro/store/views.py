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
that one pass over the rows brings an entity and the segments below it together. What
the base computes can be had by grouping in steps, so `nodes` or `edges` bring it along
where the condition asks for them: most of the time goes into reading the rows. Not so
where it asks for root causes: the stamp of a trace (`causes`) is had in one step only.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from fluoro.filters.compile import Condition, Selectors
from fluoro.model.limits import CLIMB_DEPTH_MAX
from fluoro.store.causes import CANDIDATES, CAUSES, STAMPED

_SEGMENT = "bitTest(flags, 1)"
_DONE = "NOT bitTest(flags, 0)"
# Recorded: a segment's namespace means nothing.
_CALL = "NOT bitTest(flags, 1) AND bitAnd(flags, 1536) != 0"
_PROMISED = "bitAnd(flags, 4098) = 4096"
_ROOT = "bitTest(flags, 13)"
_INFERRED = f"{_CALL} AND {_DONE} AND owner != 0 AND empty(callees)"


class Carried(NamedTuple):
    """A column of a trace that grouping its rows brings.

    `row` is its SQL of a row, `merge` the aggregate (with `min` or `max` in any number
    of steps), `read` what the aggregate of all rows says.
    """

    name: str
    row: str
    merge: str
    read: str = "{0}"

    @property
    def merged(self) -> str:
        """Its SQL in a step."""
        return f"{self.merge}({self.name}) AS {self.name}"

    @property
    def whole(self) -> str:
        """Its SQL in the last step."""
        return f"{self.read.format(f'{self.merge}({self.name})')} AS {self.name}"


# Each step joins the independent subsegments to their parents among themselves; where
# that ends, the parent is a segment, one of its embedded subsegments, or missing.
_CLIMBED = f"""
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
    ) AS s ON s.trace_id = b.trace_id AND s.id = b.up"""

INDEPENDENT = f"""
SELECT count() > 0 FROM (
    SELECT 1 FROM entities WHERE {CANDIDATES} AND segment_id = 0 LIMIT 1)"""
"""Whether any of the candidates (parameter `ids`) has an independent subsegment."""

LOOSE = Carried("loose", "segment_id = 0", "max")
"""The same of each trace."""

_STAMPED = Carried("stamp", STAMPED, "groupBitXor")


class _Rows(NamedTuple):
    """What a view is of: whether to climb, the SQL of the leaves, and what to carry."""

    climb: bool
    leaves: str
    carried: Sequence[Carried] = ()

    @property
    def stored(self) -> str:
        """The SELECT of the candidates' rows as they are stored."""
        owner = "segment_id" if self.climb else "segment_id AS owner"
        columns = [f"trace_id, id, parent_id, flags, {owner}"]
        columns += [f"{self.leaves} AS leaves"] if self.leaves else []
        columns += [f"{column.row} AS {column.name}" for column in self.carried]
        return f"SELECT {', '.join(columns)} FROM entities FINAL WHERE {CANDIDATES}"

    @property
    def owned(self) -> str:
        """The SELECT of the rows with the segment that each belongs to as `owner`."""
        if not self.climb:
            return self.stored
        return f"""
    SELECT r.*, if(r.segment_id = 0, c.owner, r.segment_id) AS owner
    FROM ({self.stored}) AS r
    LEFT JOIN ({_CLIMBED}) AS c ON c.trace_id = r.trace_id AND c.id = r.id"""

    @property
    def names(self) -> str:
        """What is carried, after other columns."""
        return "".join(f", {column.name}" for column in self.carried)

    @property
    def merged(self) -> str:
        """The same where rows are grouped."""
        return "".join(f", {column.merged}" for column in self.carried)

    @property
    def whole(self) -> str:
        """The same where they are grouped for the last time."""
        return "".join(f", {column.whole}" for column in self.carried)


def needs_owners(condition: Condition) -> bool:
    """Return whether it matters which segment a subsegment belongs to."""
    return bool(condition.span or condition.nodes or condition.edges or condition.facts)


def timed_traces(
    condition: Condition, besides: Sequence[Carried], *, climb: bool
) -> str:
    """Return a FROM item: a row a candidate with the condition's columns.

    `besides` is what else it has, `climb` whether there are independent subsegments.
    Where the condition asks for root causes, `known` says whether they are.
    The parameter `ids` holds the candidates' ids (`causes.listed`). The item goes by
    `base`.
    """
    carried = [
        *besides,
        *(Carried(f"a{n}", sql, "max") for n, sql in enumerate(condition.any)),
        *(_of_root(f"r{n}", sql) for n, sql in enumerate(condition.root)),
    ]
    rows = _Rows(climb, f"[{', '.join(condition.leaves or ['true'])}]")
    views: list[Callable[[_Rows], str]] = []
    if condition.causes:
        # Not with the others: grouping in steps, a stamp would count rows twice.
        carried.append(_STAMPED)
        views.append(_base)
    if condition.edges:
        views.append(partial(_edges_of, condition))
    if condition.nodes or condition.facts:
        views.append(partial(_nodes_of, condition))
    base, *others = views or [_base]
    joined = [view(rows) for view in others]
    if condition.span:
        joined.append(_spans(condition, rows))
    joins = [
        f"LEFT JOIN {sql} AS v{n} ON v{n}.trace_id = base.trace_id"
        for n, sql in enumerate(joined)
    ]
    if condition.causes:
        causes = [f"max({sql}) AS x{n}" for n, sql in enumerate(condition.causes)]
        joins.append(
            f"LEFT JOIN {CAUSES.replace('{columns}', ', '.join(causes))} AS found"
            " ON found.trace_id = base.trace_id AND found.stamp = base.stamp"
        )
    return " ".join([f"{base(rows._replace(carried=carried))} AS base", *joins])


def selected_entities(selectors: Selectors, *, climb: bool) -> dict[str, str]:
    """Return SELECTs of `trace_id` and the entities that terms select.

    `nodes` gives (term from 1, id), `edges` (term, id of who saw it, of its target),
    each for the first term that selects the entity. The parameter `ids` holds the
    traces' ids (`causes.listed`).
    """
    # Beside an entity's leaves its id goes wherever they go.
    leaves = [f"toUInt64({sql})" for sql in selectors.leaves]
    rows = _Rows(climb, f"[{', '.join([*leaves, 'id'])}]")
    found = {}
    if selectors.nodes:
        term = _first(selectors.nodes)
        found["nodes"] = _nodes(f"groupArrayIf(({term}, mine[-1]), {term} > 0)", rows)
    if selectors.edges:
        hops = f"arrayMap(h -> ({_first(selectors.edges)}, h.1[-1], h.2[-1]), hops)"
        seen = f"arrayFilter(s -> reported AND s.1 > 0, {hops})"
        client = f"if({_ROOT}, {_first(selectors.client_edges)}, 0)"
        found["edges"] = _edges(
            f"groupUniqArrayArray(arrayConcat({seen}, c))",
            [f"({client}, mine[-1], mine[-1]) AS client"],
            ["groupUniqArrayIf(client, client.1 > 0) AS c"],
            rows,
        )
    return {name: f"SELECT * FROM {sql}" for name, sql in found.items()}


def _of_root(name: str, sql: str) -> Carried:
    """Return a test of the first root segment, false where there is none."""
    return Carried(
        name, f"(NOT ({_ROOT}), start_us, id, {sql})", "min", "({0}.4 AND NOT {0}.1)"
    )


def _first(tests: tuple[str, ...]) -> str:
    """Return the number, from 1, of the first test that holds; 0 where none does."""
    return f"indexOf([{', '.join(f'toBool({sql})' for sql in tests)}], true)"


def _base(rows: _Rows) -> str:
    stored = rows._replace(leaves="").stored
    return f"(SELECT trace_id{rows.whole} FROM ({stored}) GROUP BY trace_id)"


def _spans(condition: Condition, rows: _Rows) -> str:
    tests = ", ".join(f"({sql}) AS d{n}" for n, sql in enumerate(condition.span))
    times = Carried("start_us", "start_us", "min"), Carried("end_us", "end_us", "max")
    rows = rows._replace(leaves="", carried=times)
    return f"""(
    SELECT trace_id, {tests} FROM (
        SELECT trace_id, first AS start_us, last AS end_us, 0 AS flags FROM (
            SELECT trace_id, minIf(start_us, start_us > 0) AS first,
                maxIf(end_us, {_DONE}) AS last, countIf({_DONE}) AS ends,
                countIf(start_us > 0) AS starts
            FROM ({rows.owned}) WHERE owner != 0 GROUP BY trace_id
        ) WHERE ends > 0 AND starts > 0 AND last >= first
    )
)"""


def _families(rows: _Rows) -> str:
    """Return an entity, if it is there, with the segments that name it as their parent.

    One that is not has no leaves.
    """
    return f"""
    SELECT trace_id, key{rows.merged},
        anyIf((flags, owner, leaves), own) AS entity,
        groupArrayIf(leaves, NOT own) AS callees
    FROM ({rows.owned}) ARRAY JOIN [id, parent_id] AS key, [true, false] AS own
    WHERE own OR {_SEGMENT} AND parent_id != 0
    GROUP BY trace_id, key"""


_ENTITY = "entity.1 AS flags, entity.2 AS owner, entity.3 AS mine"


def _nodes_of(condition: Condition, rows: _Rows) -> str:
    tests = [f"max({sql}) AS n{n}" for n, sql in enumerate(condition.nodes)]
    facts = [f"max({fact}) AS some_{fact}" for fact in condition.facts]
    return _nodes(", ".join([*tests, *facts]), rows)


def _nodes(columns: str, rows: _Rows) -> str:
    return f"""(
    SELECT trace_id{rows.whole}, {columns} FROM (
        SELECT trace_id{rows.names}, {_ENTITY}, {_ROOT} AS root,
            notEmpty(mine) AS known, known AND {_INFERRED} AS inferred,
            {_SEGMENT} OR inferred AS node,
            NOT known OR NOT {_DONE} OR owner = 0
                OR {_PROMISED} AND empty(callees) AS partial
        FROM ({_families(rows)})
    ) GROUP BY trace_id
)"""


def _edges_of(condition: Condition, rows: _Rows) -> str:
    edges = [
        f"max(reported AND arrayExists(h -> {sql}, hops)) AS e{n}"
        for n, sql in enumerate(condition.edges)
    ]
    clients = [f"max(c{n}) AS c{n}" for n in range(len(condition.client_edges))]
    tests = [
        f"({_ROOT} AND {sql}) AS c{n}" for n, sql in enumerate(condition.client_edges)
    ]
    return _edges(", ".join([*edges, *clients]), tests, clients, rows)


def _edges(columns: str, clients: list[str], merged: list[str], rows: _Rows) -> str:
    """Return the view of hops.

    A hop is (leaves of who saw it, of its target, is the target inferred), and is put
    under the segment it starts from, which brings its own leaves. `clients` are columns
    of a segment's row, `merged` what they come to where rows are grouped.
    """
    also, also_merged = ("".join(f", {sql}" for sql in of) for of in (clients, merged))
    return f"""(
    SELECT trace_id{rows.whole}, {columns} FROM (
        SELECT trace_id{rows.merged}, anyIf(mine, segment) AS source,
            groupArrayArray(seen) AS hops, max(segment) AS reported{also_merged}
        FROM (
            SELECT trace_id{rows.names}, {_ENTITY}, {_SEGMENT} AS segment,
                {_CALL} AS call, multiIf(
                    notEmpty(callees),
                        arrayMap(c -> (if(call, mine, c), c, false), callees),
                    call AND {_DONE}, [(mine, mine, true)],
                    []) AS seen{also}
            FROM ({_families(rows)})
        ) GROUP BY trace_id, owner
    ) GROUP BY trace_id
)"""
