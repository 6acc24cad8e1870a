"""Reads the statistics of the service graph: over a window, by time, of one trace.

What is built comes from rollups, the rest is derived from rows; one statement adds
both up. `calls` says what is counted where.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fluoro.store import calls, rollups
from fluoro.store.engine import Engine, Session
from fluoro.store.rollups import MINUTE_S, Cover, Range, Traces
from fluoro.store.statistics import COLUMNS, FROM_OBSERVATIONS, FROM_ROLLUPS, KEY


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of each outcome, the sum of response times, and t-digests.

    The digests are texts for `digest.read_centroids`: `plain` of the requests that
    ended with their response, `answered` of the responses of the others, `lasted` of
    how long those took, `age` of what was received over links.
    """

    ok: int
    error: int
    throttle: int
    fault: int
    response_us: int
    plain: str
    answered: str
    lasted: str
    age: str


@dataclass(frozen=True, slots=True)
class Entity:
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


_DIGESTS = ", ".join(
    f"hex(CAST({digest}, 'String'))"
    for digest in ("plain", "answered", "lasted", "age")
)

_ENTITIES = f"""
SELECT {KEY}, first_s, last_s, root, reported, region, aliases,
    ok, error, throttle, fault, response_us, {_DIGESTS}
FROM (SELECT %s GROUP BY {KEY})
"""

_BUILT = f"graph_rollups WHERE {rollups.SPANS}"

_DERIVED = "staged_pieces WHERE true"

_TRACES = """trace_id IN (
    SELECT toFixedString(unhex(arrayJoin({trace_ids:Array(String)})), 16))"""

_KNOWN = f"SELECT count() FROM entities WHERE {_TRACES}"

_TRAFFIC = "SELECT DISTINCT intDiv(received_us, {period_us:Int64}) FROM (%s)"

_SERIES = f"""
SELECT period, ok, error, throttle, fault, response_us, {_DIGESTS}
FROM (
    SELECT intDiv(received_us, {{period_us:Int64}}) AS period, {FROM_ROLLUPS}
    FROM (%s) AS r GROUP BY period
)
"""


def read_window(
    engine: Engine, window: Range, traces: Traces | None = None
) -> list[Entity]:
    """Return what was received in a window, of all traces or of given ones.

    Raises EngineError.
    """
    cover = Cover([], [window]) if traces else rollups.cover(engine, window)
    with engine.session() as session:
        sources, parameters = _sources(session, cover, window[1], traces)
        if not sources:
            return []
        union = _union(sources, COLUMNS)
        sql = _ENTITIES % f"{KEY}, {FROM_ROLLUPS} FROM ({union}) AS r"
        return [_entity(row) for row in session.query(sql, parameters)]


def read_traces(engine: Engine, trace_ids: Sequence[bytes]) -> list[Entity] | None:
    """Return the graph of some traces; None when nothing of them was received."""
    parameters = {"trace_ids": [trace_id.hex() for trace_id in trace_ids]}
    if not engine.query(_KNOWN, parameters)[0][0]:
        return None
    with engine.session() as session:
        observations = calls.stage(session, _TRACES, parameters)
        sql = _ENTITIES % f"{KEY}, {FROM_OBSERVATIONS} FROM ({observations}) AS o"
        return [_entity(row) for row in session.query(sql, parameters)]


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
    cover = Cover([], [window])
    if not traces:
        cover = rollups.cover(engine, window, (MINUTE_S,))
    where, chosen = _where(selection)
    with engine.session() as session:
        sources, parameters = _sources(session, cover, period_us, traces)
        if not sources:
            return {}
        parameters |= {"period_us": period_us, **chosen}
        traffic = session.query(_TRAFFIC % _union(sources, "received_us"), parameters)
        union = _union(sources, f"received_us, {COLUMNS}", where)
        rows = session.query(_SERIES % union, parameters)
    series: dict[int, Statistics | None] = {
        period * period_us: None for (period,) in traffic
    }
    series |= {row[0] * period_us: Statistics(*row[1:]) for row in rows}
    return series


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


def _sources(
    session: Session, cover: Cover, width_us: int, traces: Traces | None
) -> tuple[list[str], dict[str, Any]]:
    """Derive a cover's gaps; return the tables that hold the window, conditioned."""
    sources = [_BUILT] if cover.spans else []
    if rollups.pieces(session, cover.gaps, width_us, traces):
        sources.append(_DERIVED)
    return sources, rollups.span_parameters(cover.spans)


def _union(sources: list[str], columns: str, where: str = "true") -> str:
    """Return the SELECT of columns of all sources."""
    return " UNION ALL ".join(
        f"SELECT {columns} FROM {source} AND {where}" for source in sources
    )


def _entity(row: tuple[Any, ...]) -> Entity:
    kind, source_name, source_type, target_name, target_type = row[:5]
    return Entity(
        kind,
        (source_name, source_type),
        (target_name, target_type),
        row[5],
        row[6],
        bool(row[7]),
        bool(row[8]),
        row[9],
        sorted(map(_pair, row[10])),
        Statistics(*row[11:]),
    )


def _pair(alias: tuple[str, str] | dict[str, str]) -> tuple[str, str]:
    name, kind = alias.values() if isinstance(alias, dict) else alias
    return name, kind
