"""Reads the statistics of the service graph: over a window, by time, of one trace.

What is built comes from rollups, the rest is derived from rows at the same time, and
both are added up. `calls` says what is counted where.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import add
from typing import Any, NamedTuple

from fluoro.store import calls, rollups
from fluoro.store.cover import cover, pieces
from fluoro.store.documents import read_documents
from fluoro.store.engine import Engine, Rows, Session
from fluoro.store.kept import read_hourly, read_once
from fluoro.store.rollups import COARSE_S, MINUTE_S, Range, Span, Traces
from fluoro.store.rows import ENTITY_COLUMNS, rows_of
from fluoro.store.statistics import (
    COLUMNS,
    COUNTS,
    DIGESTS,
    FROM_ROLLUPS,
    KEY,
    joined,
    merged,
)

Row = tuple[Any, ...]

APART_SPANS = 12
"""So many of the widest spans, hours as a rule, have their digests merged in Python:
truer than by the engine, which merges the many narrow ones faster."""

NONE_S = 1_000_000
"""A width that no span has."""


class Statistics(NamedTuple):
    """Counts of each outcome, the sum of response times, and t-digests.

    The digests are texts for `digest.read_digests`: `plain` of the requests that ended
    with their response, `answered` of the responses of the others, `lasted` of how long
    those took, `age` of what was received over links. A series has the first two.
    """

    ok: int
    error: int
    throttle: int
    fault: int
    response_us: int
    plain: bytes
    answered: bytes
    lasted: bytes = b""
    age: bytes = b""

    def plus(self, other: "Statistics") -> "Statistics":
        """Return the statistics of what both are of."""
        return Statistics(*map(add, self, other))


class Entity(NamedTuple):
    """A node or edge with its statistics.

    `kind` is one of `calls`' kinds; a node has no target. `first_s` and `last_s` are
    the whole epoch seconds of the first and the last start. `root` tells of the node
    or the edge's source that it is an entry point, `reported` of the node or the
    edge's target that it reports segments itself; `aliases` are the names and types
    under which calls went over an edge.
    """

    kind: int
    source: tuple[str, str]
    target: tuple[str, str]
    first_s: int
    last_s: int
    root: bool
    reported: bool
    region: str
    aliases: list[tuple[str, str]]
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entities a series is of: kinds, and names and types where given."""

    kinds: tuple[int, ...]
    source_name: str | None = None
    source_type: str | None = None
    target_name: str | None = None
    target_type: str | None = None


_ENTITIES = f"""
SELECT {COLUMNS} FROM (
    SELECT {KEY}, {FROM_ROLLUPS}, %s
    FROM graph_rollups AS r WHERE {rollups.SPANS} GROUP BY {KEY}
)
"""

_APART = _ENTITIES % ", ".join(f"{joined(digest)} AS {digest}" for digest in DIGESTS)

_MERGED = _ENTITIES % ", ".join(
    f"{merged(digest, 'r.width_s >= {apart_s:UInt32}')} AS {digest}"
    for digest in DIGESTS
)

_TRACES = """trace_id IN (
    SELECT toFixedString(unhex(arrayJoin({trace_ids:Array(String)})), 16))"""

_GIVEN = "(SELECT * FROM given_rows ORDER BY version DESC LIMIT 1 BY trace_id, id)"

_KNOWN = f"SELECT count() FROM entities WHERE {_TRACES}"

_AMONG = """width_s IN {widths:Array(UInt32)} AND received_us >= {from_us:Int64}
    AND received_us < {until_us:Int64}"""

_BUSY = f"""
SELECT DISTINCT received_us, width_s, build FROM graph_rollups WHERE {_AMONG}
"""

_SERIES_STAGED = f"""
SELECT received_us, {COUNTS}, plain, answered FROM (%s) WHERE %s
"""

_SERIES_BUILT = f"""
SELECT received_us, {COUNTS}, plain, answered, width_s, build FROM graph_rollups
WHERE {_AMONG} AND %s
"""


def read_window(
    engine: Engine, window: Range, traces: Traces | None = None
) -> list[Entity]:
    """Return what was received in a window, of all traces or of given ones.

    Raises EngineError.
    """
    rows: dict[Row, Row] = {}

    def add(more: Rows) -> None:
        for row in more:
            key = row[:5]
            rows[key] = _added(rows[key], row) if key in rows else row

    with engine.sessions(2) as sessions:
        session = sessions[0]
        built = partial(_built, engine=engine)
        with cover(engine, sessions, window, built, traces=traces) as covered:
            for windows in pieces(session, covered, traces):
                add(rollups.read_statistics(session, windows))
            add(covered.built())
    return [_entity(row) for row in rows.values()]


def _built(session: Session, spans: list[Span], engine: Engine) -> Rows:
    """Return the statistics of each entity over some spans, an entity in several rows.

    The wide ones are the same for a while.
    """
    read = partial(_read, session)
    wide = [span for span in spans if span.width_s in COARSE_S]
    narrow = [span for span in spans if span.width_s not in COARSE_S]
    return [*read_once(engine, wide, read), *read(narrow)]


def _read(session: Session, spans: list[Span]) -> Rows:
    if not spans:
        return []
    parameters = rollups.span_parameters(spans)
    if len(spans) <= APART_SPANS:
        return session.query(_APART, parameters, octets=DIGESTS)
    parameters["apart_s"] = _apart_s(spans)
    return session.query(_MERGED, parameters, octets=DIGESTS)


def _apart_s(spans: list[Span]) -> int:
    """Return from which width on spans' digests are merged here, not by the engine."""
    for width_s in sorted({span.width_s for span in spans}):
        if sum(span.width_s >= width_s for span in spans) <= APART_SPANS:
            return width_s
    return NONE_S


def read_traces(engine: Engine, trace_ids: Sequence[bytes]) -> list[Entity] | None:
    """Return the graph of some traces; None when nothing of them was received."""
    parameters = {"trace_ids": [trace_id.hex() for trace_id in trace_ids]}
    if not engine.query(_KNOWN, parameters)[0][0]:
        return None
    with engine.session() as session:
        calls.stage(session, _TRACES, parameters)
        return _observed(session)


def read_documents_graph(engine: Engine, trace_ids: Sequence[bytes]) -> list[Entity]:
    """Return the graph of some traces by their documents: not all traces are indexed.

    Raises EngineError.
    """
    cells = [
        cell
        for documents in read_documents(engine, trace_ids).values()
        for received_us, text in documents
        for row in rows_of(text, received_us)
        for cell in row
    ]
    with engine.session() as session:
        session.keep_given("given_rows", "entities", ENTITY_COLUMNS, cells)
        calls.stage(session, "true", {}, _GIVEN)
        return _observed(session)


def _observed(session: Session) -> list[Entity]:
    return [_entity(row) for row in calls.read_statistics(session)]


def read_series(
    engine: Engine,
    window: Range,
    period_us: int,
    selection: Selection,
    traces: Traces | None = None,
) -> dict[int, Statistics | None]:
    """Return the selected entities' statistics by the start of each period.

    Periods in which nothing at all was received are left out; None where nothing was
    that the selection takes. `period_us` is a multiple of a minute, as are the ends of
    the window. Raises EngineError.
    """
    where, chosen = _where(selection)
    series: dict[int, Statistics | None] = {}

    def add(busy: Iterable[int], rows: Rows) -> None:
        for at_us in busy:
            series.setdefault(at_us // period_us * period_us, None)
        for at_us, *row in rows:
            period = at_us // period_us * period_us
            before, seen = series.get(period), Statistics(*row)
            series[period] = before.plus(seen) if before else seen

    with engine.sessions(2) as sessions:
        session = sessions[0]
        busy = partial(_busy, engine)
        with cover(engine, sessions, window, busy, (MINUTE_S,), traces) as covered:
            for windows in pieces(session, covered, traces):
                if received := rollups.read_starts(session, windows, period_us):
                    select, edges = rollups.statistics(windows, period_us)
                    staged = _SERIES_STAGED % (select, where)
                    rows = session.query(staged, {**edges, **chosen}, DIGESTS)
                    add(received, rows)
            if covered.spans:
                read = partial(_among, session, _SERIES_BUILT % where, chosen)
                about = (where, str(chosen))
                rows = read_hourly(engine, about, covered.spans, read)
                add(covered.built(), rows)
    return series


def _busy(engine: Engine, session: Session, spans: list[Span]) -> list[int]:
    """Return the starts of those spans in which anything was observed."""
    rows = read_hourly(engine, "busy", spans, partial(_among, session, _BUSY, {}))
    return [start for (start,) in rows]


def _among(
    session: Session, sql: str, parameters: dict[str, Any], spans: list[Span]
) -> Rows:
    """Return the rows of some builds, without their width and number, the last columns.

    There may be other builds among what is read, few as a rule: naming hundreds to the
    engine takes it longer than reading those.
    """
    if not spans:
        return []
    edges = {
        "widths": list({span.width_s for span in spans}),
        "from_us": min(span.received_us for span in spans),
        "until_us": max(span.until_us for span in spans),
    }
    taken = set(spans)
    return [
        (received_us, *row)
        for received_us, *row, width_s, build in session.query(
            sql, {**parameters, **edges}, octets=DIGESTS
        )
        if Span(width_s, received_us, build) in taken
    ]


def _where(selection: Selection) -> tuple[str, dict[str, Any]]:
    """Return the condition on rollups, and its parameters."""
    terms = ["kind IN {kinds:Array(UInt8)}"]
    parameters: dict[str, Any] = {"kinds": list(selection.kinds)}
    for column in ("source_name", "source_type", "target_name", "target_type"):
        value = getattr(selection, column)
        if value is not None:
            terms.append(f"{column} = {{{column}:String}}")
            parameters[column] = value
    return " AND ".join(terms), parameters


def _added(one: Row, other: Row) -> Row:
    """Return two rows of one entity as one; in the order of `COLUMNS`."""
    return tuple(
        add(mine, theirs) for add, mine, theirs in zip(_ADD, one, other, strict=True)
    )


def _first(mine: Any, _theirs: Any) -> Any:
    return mine


_ADD: list[Callable[[Any, Any], Any]] = [
    *[_first] * len(KEY.split(",")),
    *[add] * len(COUNTS.split(",")),
    min,  # first_s
    max,  # last_s
    max,  # root
    max,  # reported
    max,  # region
    add,  # aliases
    *[add] * len(DIGESTS),
]


def _entity(row: tuple[Any, ...]) -> Entity:
    kind, source_name, source_type, target_name, target_type = row[:5]
    return Entity(
        kind,
        (source_name, source_type),
        (target_name, target_type),
        row[10],
        row[11],
        bool(row[12]),
        bool(row[13]),
        row[14],
        sorted(set(map(_pair, row[15]))) if row[15] else [],
        Statistics(*row[5:10], *row[16:]),
    )


def _pair(alias: tuple[str, str] | dict[str, str]) -> tuple[str, str]:
    name, kind = alias.values() if isinstance(alias, dict) else alias
    return name, kind
