"""Finding the traces that a filter selects, newest first, a page at a time.

The window is walked backwards in slices of growing width until the page is full, so
that what is common is found in a sliver of it. In each slice one scan of few columns
finds candidates by the filter's necessary condition, or by the rarest part of it; then
the exact condition is evaluated over all rows of the candidates alone (`views`).

The clock is a function of a trace's rows: with `TraceId` the earliest start of its
segments, with `Event` the last receipt, with `Service` the last end of a segment in
the window (decisions: the epoch inside an id counts for nothing).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from fluoro.filters.compile import EVERY_TRACE, Condition
from fluoro.model.limits import (
    SCANNED_EXACTLY_MAX,
    SEARCH_CANDIDATES_MAX,
    SEARCH_PAGE_TRACES_MAX,
    SEARCH_SECONDS_MAX,
    SEARCH_TRACES_MAX,
)
from fluoro.store.aside import aside
from fluoro.store.candidates import candidates, parts, weighed
from fluoro.store.causes import CausesOf, derive, listed, missing
from fluoro.store.engine import Engine, OutOfTimeError, Rows
from fluoro.store.scanned import Sample, Scan, Times
from fluoro.store.views import LOOSE, Carried, needs_owners, timed_traces


class Position(NamedTuple):
    """Where a page ended: a trace's time and id; the next page is older than both."""

    at_us: int
    trace_id: bytes


@dataclass(frozen=True, slots=True)
class Search:
    """What to find: traces with `start_us` <= clock < `end_us` (epoch microseconds).

    `clock` is `TraceId`, `Event` or `Service`; `condition` None selects every trace;
    `after` is where the page before ended; `share` keeps that part of the traces,
    chosen by their ids; `causes_of` finds the root causes of traces where the condition
    asks for them; `seconds` and `traces` bound what the page may cost.
    """

    start_us: int
    end_us: int
    clock: str = "TraceId"
    condition: Condition | None = None
    limit: int = SEARCH_PAGE_TRACES_MAX
    after: Position | None = None
    share: float = 1.0
    causes_of: CausesOf | None = None
    seconds: float = SEARCH_SECONDS_MAX
    traces: int = SEARCH_TRACES_MAX


@dataclass(frozen=True, slots=True)
class Found:
    """A page: (time, id) of traces newest first.

    `cursor` is where the next page goes on, None when the window is exhausted.
    `since_us` is how far back the page reaches, `scanned` the number of traces from
    there on (an estimate where there are many), `complete` false when a budget ended
    the page.
    """

    traces: list[Position]
    cursor: Position | None
    since_us: int
    scanned: int
    complete: bool


class _TooWideError(Exception):
    """A slice takes longer than the page may; a narrower one may do."""


class _Clock(NamedTuple):
    column: str
    rows: str
    at: Carried


_ENDED = (
    "bitAnd(flags, 3) = 2 AND end_us >= {start_us:Int64} AND end_us < {end_us:Int64}"
)
_NEVER = "toInt64(-9223372036854775808)"

# Segments count before subsegments, and a known start before an unknown one.
_FIRST = "(NOT bitTest(flags, 1), start_us <= 0, start_us)"

CLOCKS = {
    "TraceId": _Clock("start_us", "1", Carried("at", _FIRST, "min", "{0}.3")),
    "Event": _Clock("received_us", "1", Carried("at", "received_us", "max")),
    "Service": _Clock(
        "end_us",
        "bitAnd(flags, 3) = 2",
        Carried("at", f"if({_ENDED}, end_us, {_NEVER})", "max"),
    ),
}
"""The column whose slices are walked, the rows that count, and a trace's time."""

_FIRST_SLICE_US = 4_000_000
_FIRST_SLICE_OF_ALL_US = 1_000_000
_STRICT_SLICE_US = 30_000_000
_GROWTH = 1000
_SHRINKING = 8
_SPARE = 1.5
_ALONE = 4
"""A part of a need is looked for alone where at most so many times as many have it."""

_UNBOUNDED = 1 << 40
_SETTINGS = {
    "max_execution_time": 60,
    # Reading in order would keep a second thread from scanning for candidates.
    "optimize_distinct_in_order": 0,
}

_IN_SLICE = "{column} >= {{from_us:Int64}} AND {column} < {{to_us:Int64}} AND {rows}"
_FIRST_ID = (
    "SELECT trace_id FROM entities WHERE {slice} ORDER BY trace_id {order} LIMIT 1"
)
_HIGHEST = "toFixedString(unhex({highest:String}), 16)"
_KEPT = "cityHash64(trace_id) <= {share:UInt64}"

_EXACT = """
SELECT base.at, base.trace_id{columns} FROM {traces}
WHERE at >= {{from_us:Int64}} AND at < {{to_us:Int64}} AND {after} AND ({condition})
ORDER BY at DESC, base.trace_id DESC LIMIT {{limit:UInt64}}
"""

# What may be in doubt about a trace: to which segments its parts belong, root causes.
_LOOSE, _UNKNOWN = LOOSE.name, "NOT known"

_OLDER = """(at < {after_us:Int64} OR at = {after_us:Int64}
    AND base.trace_id < toFixedString(unhex({after_id:String}), 16))"""


def search(engine: Engine, wanted: Search) -> Found:
    """Return the next page of a search. Raises EngineError."""
    return _Walk(engine, wanted).page()


class _Walk:
    """One page's walk back through the window."""

    def __init__(self, engine: Engine, wanted: Search) -> None:
        self._engine = engine
        self._wanted = wanted
        self._deadline = time.monotonic() + wanted.seconds
        self._condition = wanted.condition or EVERY_TRACE
        self._clock = CLOCKS[wanted.clock]
        self._found: list[Position] = []
        self._looked_at = 0
        self._climbs = False
        self._counted: Times | Sample | None = None
        self._need = self._condition.need
        self._highest: Callable[[], str | None] = self._read_highest
        after = wanted.after
        self._top = min(wanted.end_us, after.at_us + 1) if after else wanted.end_us
        self._scan = Scan(engine, self._clock.column, self._clock.rows, self._top)

    def page(self) -> Found:
        """Walk until the page is full, the window ends or a budget does."""
        if self._is_narrow(self._wanted.start_us, self._top):
            return self._walk()
        with aside(self._read_highest) as (self._highest,):
            return self._walk()

    def _walk(self) -> Found:
        """Walk in slices.

        Candidates of several slices are looked at together once they may fill the page.
        """
        wanted = self._wanted
        width = self._first_width()
        to_us = looked_us = self._top
        waiting: set[str] = set()
        while to_us > wanted.start_us and len(self._found) < wanted.limit:
            from_us = max(wanted.start_us, to_us - width)
            # Nobody may be left to look at after the last slice.
            last = from_us == wanted.start_us
            with self._counting(from_us) if last else nullcontext():
                ids = self._candidates(from_us, to_us)
            if ids is None:
                width = max(1, (to_us - from_us) // _SHRINKING)
                continue
            waiting.update(ids)
            to_us, spent = from_us, time.monotonic() > self._deadline
            if spent or to_us <= wanted.start_us or len(waiting) >= self._wished():
                try:
                    self._look_at(to_us, looked_us, waiting)
                except _TooWideError:
                    width = (looked_us - to_us) // _SHRINKING
                    to_us, waiting = looked_us, set()
                    continue
                looked_us, waiting = to_us, set()
                if spent or self._looked_at > wanted.traces:
                    break
            width = self._next_width(width, len(ids), len(waiting))
        return self._finish(to_us)

    def _first_width(self) -> int:
        """Choose the first slice, and where a need has parts how to look for it.

        The last rows tell how often it is met. Its rarest part is looked for alone
        where few other traces have it: rows need not be grouped by their traces then.
        """
        if self._need is None:
            return _FIRST_SLICE_OF_ALL_US
        rows = parts(self._need)
        if not rows or self._is_narrow(self._wanted.start_us, self._top):
            return _FIRST_SLICE_US
        sql = weighed(self._need, [*self._kept(), self._in_slice()])
        from_us = self._top - _FIRST_SLICE_US
        together, *each = self._ask(sql, self._parameters(from_us, self._top))[0]
        if 0 < min(each) <= _ALONE * together:
            self._need = rows[each.index(min(each))]
        return self._next_width(_FIRST_SLICE_US, together, 0)

    def _look_at(self, from_us: int, to_us: int, waiting: set[str]) -> None:
        if not waiting:
            return
        self._looked_at += len(waiting)
        with self._counting(from_us):
            self._found += self._matches(from_us, to_us, sorted(waiting))

    @contextmanager
    def _counting(self, from_us: int) -> Iterator[None]:
        """Count beside the block what is scanned from a time on."""
        known = self._counted and self._counted.from_us == from_us
        if known or self._wanted.condition is None:
            yield
            return
        with aside(lambda: self._scan.since(from_us)) as (counted,):
            yield
            self._counted = counted()

    def _wished(self) -> int:
        """Return how many candidates are likely to fill the page."""
        missing = self._wanted.limit - len(self._found)
        share = max(len(self._found), 1) / max(self._looked_at, 1)
        most = SEARCH_CANDIDATES_MAX // (8 if self._condition.causes else 2)
        return max(1, min(int(missing / min(share, 1)), most))

    def _next_width(self, width: int, candidates: int, waiting: int) -> int:
        """Choose the next slice by how many candidates there were in the last."""
        if candidates == 0:
            return width * _GROWTH
        more = max(1, _SPARE * self._wished() - waiting)
        return max(1, int(width * more / candidates))

    def _candidates(self, from_us: int, to_us: int) -> list[str] | None:
        """Return the traces of a slice that may match; None when there are too many.

        In a narrow slice they have rows in it; for a wide one it is quicker to take
        ids between its lowest and its highest. Where ids carry no time that is
        everything, and once there are too many the rows decide after all.
        """
        most = _UNBOUNDED if to_us - from_us <= 1 else SEARCH_CANDIDATES_MAX + 1
        with suppress(_TooWideError):
            for strict in (True,) if self._is_narrow(from_us, to_us) else (False, True):
                parameters = self._parameters(from_us, to_us, most=most)
                inside = self._within() if strict else self._near(parameters)
                sql = f"{self._candidates_sql(inside)} LIMIT {{most:UInt64}}"
                rows = self._ask(sql, parameters)
                if len(rows) < most:
                    return [trace_id.hex() for (trace_id,) in rows]
        return None

    def _ask(self, sql: str, parameters: dict[str, Any]) -> Rows:
        """Ask about a slice; raise _TooWideError where that takes too long.

        A page has to get on, however late: as much as it begins with is looked at.
        What is wider gets the time that is left, or else a tenth of what there was.
        """
        if parameters["to_us"] - parameters["from_us"] <= _FIRST_SLICE_US:
            return self._engine.query(sql, parameters, _SETTINGS)
        left, tenth = self._deadline - time.monotonic(), self._wanted.seconds / 10
        # Zero would be no limit.
        settings = {**_SETTINGS, "max_execution_time": max(left, tenth, 1e-6)}
        try:
            return self._engine.query(sql, parameters, settings)
        except OutOfTimeError as error:
            self._deadline = time.monotonic()
            raise _TooWideError from error

    def _is_narrow(self, from_us: int, to_us: int) -> bool:
        return self._condition.need is None or to_us - from_us <= _STRICT_SLICE_US

    def _within(self) -> str:
        """Return the condition on rows that are in a slice, or whose trace is."""
        inside = self._in_slice()
        if self._condition.need is None:
            return inside
        return f"trace_id IN (SELECT trace_id FROM entities WHERE {inside})"

    def _near(self, parameters: dict[str, Any]) -> str:
        """Return the condition on ids that lie between a slice's; add its parameters.

        They may lie above, up to the highest of the window, which is known already.
        """
        highest = self._highest()
        if highest is None:
            return "0"
        parameters["highest"] = highest
        lowest = _FIRST_ID.format(slice=self._in_slice(), order="")
        return f"trace_id >= ({lowest}) AND trace_id <= {_HIGHEST}"

    def _read_highest(self) -> str | None:
        """Return the highest of the window's ids; None where nothing is in it."""
        sql = _FIRST_ID.format(slice=self._in_slice(), order="DESC")
        rows = self._ask(sql, self._parameters(self._wanted.start_us, self._top))
        return rows[0][0].hex() if rows else None

    def _matches(self, from_us: int, to_us: int, ids: list[str]) -> list[Position]:
        """Return which candidates match, newest first, at most a full page.

        As a rule nothing is in doubt: asked beforehand, it takes as long.
        """
        doubts = []
        if needs_owners(self._condition) and not self._climbs:
            doubts.append(_LOOSE)
        if self._condition.causes:
            doubts.append(_UNKNOWN)
        rows = self._exact(from_us, to_us, ids, doubts)
        while doubtful := [
            doubt
            for number, doubt in enumerate(doubts)
            if any(unsure[number] for _, _, *unsure in rows)
        ]:
            for doubt in doubtful:
                doubts.remove(doubt)
                self._settle(doubt, ids)
            rows = self._exact(from_us, to_us, ids, doubts)
        return [Position(at, trace_id) for at, trace_id, *_ in rows]

    def _settle(self, doubt: str, ids: list[str]) -> None:
        """Find out what would decide about some of the candidates."""
        if doubt == _LOOSE:
            self._climbs = True
            return
        if self._wanted.causes_of is None:
            raise ValueError("the condition asks for root causes")
        derive(self._engine, missing(self._engine, ids), self._wanted.causes_of)

    def _exact(
        self, from_us: int, to_us: int, ids: list[str], doubts: list[str]
    ) -> Rows:
        """Return time and id of the matches, and of what is in doubt, and which."""
        besides = [LOOSE] if _LOOSE in doubts else []
        sql = _EXACT.format(
            columns="".join(f", {doubt}" for doubt in doubts),
            traces=timed_traces(
                self._condition, [self._clock.at, *besides], climb=self._climbs
            ),
            after=_OLDER if self._wanted.after else "1",
            condition=" OR ".join([self._condition.sql, *doubts]),
        )
        limit = self._wanted.limit - len(self._found)
        parameters = self._parameters(from_us, to_us, ids=listed(ids), limit=limit)
        return self._ask(sql, parameters)

    def _candidates_sql(self, inside: str) -> str:
        return candidates(self._need, [*self._kept(), inside])

    def _kept(self) -> list[str]:
        return [_KEPT] if self._wanted.share < 1 else []

    def _in_slice(self) -> str:
        clock = self._clock
        return _IN_SLICE.format(column=clock.column, rows=clock.rows)

    def _parameters(self, from_us: int, to_us: int, **more: Any) -> dict[str, Any]:
        wanted = self._wanted
        after = wanted.after
        return {
            **self._condition.parameters,
            "start_us": wanted.start_us,
            "end_us": wanted.end_us,
            "from_us": from_us,
            "to_us": to_us,
            "share": round(wanted.share * ((1 << 64) - 1)),
            **(
                {"after_us": after.at_us, "after_id": after.trace_id.hex()}
                if after
                else {}
            ),
            **more,
        }

    def _finish(self, walked_us: int) -> Found:
        """Say where the page ended and how many traces it scanned."""
        wanted = self._wanted
        if len(self._found) >= wanted.limit:
            cursor: Position | None = self._found[-1]
            since_us, complete = self._found[-1].at_us, True
        elif walked_us > wanted.start_us:
            cursor, since_us = Position(walked_us - 1, _LAST_ID), walked_us
            complete = False
        else:
            cursor, since_us, complete = None, wanted.start_us, True
        everything = wanted.condition is None and complete
        scanned = len(self._found) if everything else self._count(since_us)
        return Found(self._found, cursor, since_us, scanned, complete)

    def _count(self, since_us: int) -> int:
        """Return the traces from here to the page before: few as such, many by roots.

        A trace may have several roots, copies of them, or none.
        """
        counted = self._counted
        if counted is None or not counted.tells(since_us):
            counted = self._scan.since(since_us)
        roots = counted.since(since_us)
        few = self._count_few(since_us) if roots < SCANNED_EXACTLY_MAX else None
        return max(
            round(roots * self._wanted.share) if few is None else few,
            len(self._found),
        )

    def _count_few(self, since_us: int) -> int | None:
        """Count the traces of the page themselves; None where there are many."""
        every = replace(
            self._wanted,
            condition=None,
            start_us=since_us,
            limit=SCANNED_EXACTLY_MAX,
            seconds=self._deadline - time.monotonic(),
        )
        found = search(self._engine, every)
        if found.cursor:
            return None
        full = len(self._found) >= self._wanted.limit
        return sum(not full or trace >= self._found[-1] for trace in found.traces)


_LAST_ID = b"\xff" * 16
