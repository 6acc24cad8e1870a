"""Rollups of the service graph: which spans are built, and which of them are stale.

Spans are slices of a second while receipts are fresh, built from rows, and ten seconds,
minutes, ten minutes and hours, each built from the one before; minutes of which there
are no slices, in a backlog or long ago, are built from rows.
`schema_graph` describes the tables.

What came into the store after the horizon is in no span. Most of it was received after
`slices_until_us` and is derived on the fly; where it changes what an earlier slice has
counted (a late answer to a call, a row that was held up), that slice is stale and
derived on the fly too, until the roller has built it again. A row that was held up may
also replace one that is counted already; what that counted can lie wherever something
of the trace was received, which `documents` tells when the replaced row is gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from fluoro.store import calls
from fluoro.store.engine import Engine, Rows, Session, is_embedded

SECOND_US = 1_000_000
SLICE_S, MINUTE_S = 1, 60
COARSE_S = (600, 3600)
"""Widths built from minutes: ten minutes, and hours from these."""

SLICES_S = 10
"""The width built from slices, so that a minute of them is soon read."""

FINE_S = (SLICE_S, SLICES_S)
"""Widths of what is read while it is fresh."""

NARROWER_S = {SLICES_S: SLICE_S, MINUTE_S: SLICES_S, 600: MINUTE_S, 3600: 600}
"""What a width is built from, where that is not rows."""

SLICE_US = SLICE_S * SECOND_US
MINUTE_US = MINUTE_S * SECOND_US

INSERTION_US = 5 * SECOND_US
"""The longest between a row's `inserted_us` and other servers seeing it."""

ROWS_PER_STAGE = 1_000_000
"""How many rows are derived at a time: a bound on memory."""

SHORT_US = 10 * SECOND_US
"""Gaps of together so little receipt are derived without counting their rows."""

Range = tuple[int, int]
"""Receipt in epoch microseconds: from, until (excluded)."""


@dataclass(frozen=True)
class State:
    """How far spans are built; see `schema_graph`."""

    slices_from_us: int = 0
    slices_until_us: int = 0
    minutes_until_us: int = 0
    horizon_us: int = 0


@dataclass(frozen=True, order=True)
class Span:
    """The build that counts for `width_s` seconds of receipt."""

    width_s: int
    received_us: int
    build: int

    @property
    def until_us(self) -> int:
        """Where it ends."""
        return self.received_us + self.width_s * SECOND_US


@dataclass(frozen=True)
class Traces:
    """Whole traces as a scope: a SELECT of `trace_id`, and its parameters."""

    sql: str
    parameters: dict[str, Any]


_MEMBER = "trace_id IN (SELECT trace_id FROM staged_members) AND"

# Rows that may change what was counted before them: held up themselves, an answer to a
# call, or a subsegment that came on its own.
_MAY_CHANGE = """inserted_us >= {new_us:Int64} AND (
    received_us < {until_us:Int64} OR segment_id = 0
    OR (bitAnd(flags, 2) != 0 AND parent_id != 0))"""

_NEWS = f"""
SELECT intDiv(received_us, {SLICE_US}) * {SLICE_US} AS start, count(),
    countIf({_MAY_CHANGE})
FROM entities WHERE inserted_us >= {{new_us:Int64}} OR received_us >= {{until_us:Int64}}
GROUP BY start
"""

# Subsegments in a later copy of a segment that was complete before: the segment counts
# at its first copy's receipt, as long as the work of both lasts.
_ADDED = """entities
    WHERE received_us >= {until_us:Int64} AND segment_id != 0
        AND bitAnd(flags, 2) = 0"""

_ANY_NEW = """
SELECT count() FROM (
    SELECT 1 FROM entities
    WHERE inserted_us >= {new_us:Int64} OR received_us >= {until_us:Int64} LIMIT 1)
"""

_LATE = f"""
SELECT DISTINCT trace_id FROM entities
WHERE received_us < {{until_us:Int64}} AND (
        received_us >= {{until_us:Int64}} - {calls.REACH_US}
        OR inserted_us >= {{new_us:Int64}})
    AND trace_id IN (SELECT trace_id FROM entities WHERE {_MAY_CHANGE})
"""

_LATE_OR_ADDED_TO = f"""
{_LATE}
UNION DISTINCT
SELECT DISTINCT trace_id FROM entities
WHERE received_us < {{until_us:Int64}}
    AND received_us >= {{until_us:Int64}} - {calls.REACH_US}
    AND bitAnd(flags, 3) = 2
    AND (trace_id, id) IN (SELECT DISTINCT trace_id, segment_id FROM {_ADDED})
"""

_LATE_ROWS = """
SELECT count() FROM entities WHERE trace_id IN (SELECT trace_id FROM staged_late)
"""

# After a server's spool could not be emptied for a while, these are many.
_LATE_PART = """trace_id IN (
    SELECT trace_id FROM staged_late
    WHERE cityHash64(trace_id) % {parts:UInt32} = {part:UInt32})"""

_STALE = f"""
SELECT DISTINCT intDiv(clock, {SLICE_US}) * {SLICE_US} FROM staged_observations
WHERE inserted >= {{new_us:Int64}} AND clock < {{until_us:Int64}}
"""

_OUTDATED = f"""
SELECT DISTINCT intDiv(received, {SLICE_US}) * {SLICE_US} FROM staged_services
WHERE received < {{from_us:Int64}} AND (trace, id) IN (
    SELECT trace, owner FROM staged_attached
    WHERE outlives AND received >= {{from_us:Int64}})
"""

# A row that was held up may replace one that was received later, completed and is
# counted: at its own receipt or at a later one of its trace, or of a trace that is
# linked. Within the newest slice that is this slice, which asks for no look-up.
_HELD_UP = """
SELECT count(), min(received_us), max(received_us) FROM entities
WHERE inserted_us >= {new_us:Int64} AND received_us < {until_us:Int64}
"""

_HELD = """
SELECT DISTINCT trace_id FROM entities
WHERE inserted_us >= {new_us:Int64} AND received_us < {newest_us:Int64}
"""

_REPLACED = f"""
SELECT DISTINCT intDiv(received_us, {SLICE_US}) * {SLICE_US} FROM documents
WHERE received_us >= {{since_us:Int64}} AND received_us < {{until_us:Int64}}
    AND trace_id IN (
        SELECT trace_id FROM staged_held
        UNION ALL
        SELECT consumer_trace_id FROM graph_links
        WHERE trace_id IN (SELECT trace_id FROM staged_held)
        UNION ALL
        SELECT trace_id FROM graph_links
        WHERE received_us >= {{since_us:Int64}}
            AND consumer_trace_id IN (SELECT trace_id FROM staged_held))
"""

_NEWEST = """
SELECT countIf(received_us < {until_us:Int64}), max(received_us) FROM entities
WHERE inserted_us >= {new_us:Int64} OR received_us >= {until_us:Int64}
"""

_SPAN = "intDiv(clock, {width_us:Int64}) * {width_us:Int64}"

_TOUCHED = f"""
trace_id IN (SELECT trace_id FROM entities WHERE %s)
AND received_us >= {{first_us:Int64}} - {calls.REACH_US}
AND received_us < {{last_us:Int64}} + {calls.REACH_US}
"""

_EXTENT = "SELECT min(received_us), max(received_us), count() FROM entities WHERE %s"

# Of several builds of a span the one that began last; put in order here, which takes
# the engine's planner longer, as grouping does.
_BUILDS = "SELECT width_s, received_us, build FROM graph_spans FINAL WHERE %s"

_STATE = """
SELECT slices_from_us, slices_until_us, minutes_until_us, horizon_us FROM graph_state
"""

SPANS = "(width_s, received_us, build) IN {spans:Array(Tuple(UInt32, Int64, UInt64))}"
"""The condition on `graph_rollups` that chooses builds; takes `span_parameters`."""


def read_state(engine: Engine | Session) -> State:
    """Return how far spans are built. Raises EngineError."""
    # An engine that has not merged its lines has several.
    states = [State(*row) for row in engine.query(_STATE)]
    return max(states, key=attrgetter("horizon_us"), default=State())


def unseen_us(engine: Engine) -> int:
    """Return how long before the horizon what came in may be in no span.

    An embedded engine has one server, whose roller knows what is being inserted.
    """
    return 0 if is_embedded(engine.dsn) else INSERTION_US


@dataclass(frozen=True)
class After:
    """What is in no span: received from `until_us` on or stored from `new_us` on."""

    until_us: int
    new_us: int

    @property
    def fresh(self) -> Range:
        """What is received since, as a rule."""
        return self.until_us, self.until_us + SHORT_US

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements that ask for it take."""
        return {"until_us": self.until_us, "new_us": self.new_us}


def after(engine: Engine, state: State) -> After:
    """Return what is in no span by a state."""
    return After(state.slices_until_us, state.horizon_us - unseen_us(engine))


def read_news(engine: Engine, news: After) -> dict[int, tuple[int, int]]:
    """Return what is in no span yet, by the start of the slice it was received in.

    That is the number of rows, and of those that may change what was counted before.
    """
    rows = engine.query(_NEWS, news.parameters)
    return {start: (count, changing) for start, count, changing in rows}


def span_parameters(spans: Iterable[Span]) -> dict[str, Any]:
    """Return the parameter of `SPANS`."""
    return {"spans": [(s.width_s, s.received_us, s.build) for s in spans]}


def read_spans(
    engine: Engine | Session, *areas: tuple[Iterable[int], Range]
) -> list[Span]:
    """Return the builds that count and begin in some areas, the widest first.

    An area is widths and a window.
    """
    terms = []
    parameters: dict[str, Any] = {}
    for number, (widths, window) in enumerate(areas):
        received, edges = _within("received_us", [window], f"{number}_")
        terms.append(f"width_s IN {{widths_{number}:Array(UInt32)}} AND {received}")
        parameters |= {f"widths_{number}": list(widths), **edges}
    if not terms:
        return []
    rows = engine.query(_BUILDS % " OR ".join(terms), parameters)
    return [Span(*row) for row in sorted(rows, key=lambda row: (-row[0], row[1]))]


def all_fresh(session: Session, news: After) -> bool:
    """Whether what is in no span was received in `news.fresh`.

    Rows that were held up may change more than what is staged with it.
    """
    held_up, newest_us = session.query(_NEWEST, news.parameters)[0]
    return not held_up and newest_us < news.fresh[1]


def staged_until(session: Session, news: After) -> int:
    """Return when the last came into the store of what was there to be staged.

    Where all that is in no span was staged, that is a moment of the store: servers
    insert one block after the other, and what came before the horizon is there.
    """
    newest_us = session.query("SELECT max(inserted_us) FROM staged_rows")[0][0]
    return max(int(newest_us), news.new_us)


def stale_slices(session: Session, news: After, *, added: bool = True) -> set[int]:
    """Return the starts of built slices that what came in since may have changed.

    Without `added` those are left out that changed by subsegments in a later copy
    alone: building what was received with these finds them, see `outdated`.
    """
    parameters = news.parameters
    if not news.until_us or not session.query(_ANY_NEW, parameters)[0][0]:
        return set()
    late = _LATE_OR_ADDED_TO if added else _LATE
    session.keep("staged_late", calls.TRACE_COLUMN, late, parameters)
    rows = session.query(_LATE_ROWS)[0][0]
    if not rows:
        return set()
    parts = -(-rows // ROWS_PER_STAGE)
    stale: set[int] = set()
    for part in range(parts):
        mine = {**parameters, "parts": parts, "part": part}
        outlived = calls.stage(session, _LATE_PART, mine)
        stale |= stale_by_staged(session, news, outlived=added and outlived)
    return stale | _replaced(session, parameters)


def stale_by_staged(session: Session, news: After, *, outlived: bool) -> set[int]:
    """Return the starts of built slices that what is staged has changed."""
    stale = {start for (start,) in session.query(_STALE, news.parameters)}
    return stale | outdated(session, news.until_us) if outlived else stale


def outdated(session: Session, from_us: int) -> set[int]:
    """Return the starts of slices before a receipt that staged rows after it change.

    That is where segments count that last longer by subsegments in a later copy.
    """
    rows = session.query(_OUTDATED, {"from_us": from_us})
    return {start for (start,) in rows}


def _replaced(session: Session, parameters: dict[str, Any]) -> set[int]:
    """Return the starts of slices that may have counted what held-up rows replace."""
    held, since_us, last_us = session.query(_HELD_UP, parameters)[0]
    if not held:
        return set()
    newest_us = parameters["until_us"] - SLICE_US
    found = {newest_us} if last_us >= newest_us else set()
    if since_us < newest_us:
        more = {**parameters, "newest_us": newest_us, "since_us": since_us}
        session.keep("staged_held", calls.TRACE_COLUMN, _HELD, more)
        found |= {start for (start,) in session.query(_REPLACED, more)}
    return found


def stage(
    session: Session,
    windows: list[Range],
    *,
    members: bool = False,
    as_of_us: int | None = None,
) -> bool:
    """Stage the observations of the traces of which anything was received then.

    With `members` only of traces in the temporary table `staged_members`, with
    `as_of_us` of what had come into the store by then. Returns whether any work
    outlives its segment: then `outdated` may find something.
    """
    received, parameters = _within("received_us", windows)
    parameters |= {
        "first_us": min(start for start, _ in windows),
        "last_us": max(until for _, until in windows),
    }
    scope = f"{_MEMBER if members else ''} {_TOUCHED % received}"
    if as_of_us is None:
        return calls.stage(session, scope, parameters)
    parameters["as_of_us"] = as_of_us
    return calls.stage(session, scope, parameters, calls.AS_OF)


def statistics(windows: list[Range], width_us: int) -> tuple[str, dict[str, Any]]:
    """Return the SELECT of the staged statistics of windows, and its parameters.

    Its column `received_us` is the start of the span of `width_us`.
    """
    clock, parameters = _within("clock", windows)
    select = calls.STATISTICS.format(span=_SPAN, where=clock)
    return select, {**parameters, "width_us": width_us}


def read_starts(session: Session, windows: list[Range], width_us: int) -> list[int]:
    """Return the starts of the spans of `width_us` that staged observations lie in."""
    clock, parameters = _within("clock", windows)
    sql = f"SELECT DISTINCT {_SPAN} FROM staged_observations WHERE {clock}"
    rows = session.query(sql, {**parameters, "width_us": width_us})
    return [start for (start,) in rows]


def read_statistics(session: Session, windows: list[Range]) -> Rows:
    """Return the staged statistics of windows, rows with a rollup's `COLUMNS`."""
    return calls.read_statistics(session, *_within("clock", windows))


def _within(
    column: str, windows: list[Range], mark: str = ""
) -> tuple[str, dict[str, Any]]:
    """Return the condition that a column lies in one of some windows.

    `mark` keeps the names of its parameters apart from others'.
    """
    terms = []
    parameters: dict[str, Any] = {}
    for number, (start, until) in enumerate(windows):
        lower, upper = f"from_{mark}{number}", f"until_{mark}{number}"
        terms.append(
            f"({column} >= {{{lower}:Int64}} AND {column} < {{{upper}:Int64}})"
        )
        parameters |= {lower: start, upper: until}
    return f"({' OR '.join(terms)})", parameters


def count_rows(session: Session, windows: list[Range]) -> int:
    """Return how many rows were received in some windows."""
    received, parameters = _within("received_us", windows)
    return int(session.query(_EXTENT % received, parameters)[0][2])


def chunks(session: Engine | Session, window: Range, unit_us: int = 1) -> list[Range]:
    """Cut a window at whole units so that each part has a bounded number of rows.

    Ends in which nothing was received are left out; one unit is never cut.
    """
    received, parameters = _within("received_us", [window])
    first, last, rows = session.query(_EXTENT % received, parameters)[0]
    if not rows:
        return []
    start = max(first // unit_us * unit_us, window[0])
    until = min((last // unit_us + 1) * unit_us, window[1])
    units = -(-(until - start) // unit_us)
    width = -(-units // -(-rows // ROWS_PER_STAGE)) * unit_us
    return [(at, min(at + width, until)) for at in range(start, until, width)]
