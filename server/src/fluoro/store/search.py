"""Finding the traces that a filter selects, newest first, a page at a time.

The window is walked backwards in slices of growing width until the page is full, so
that what is common is found in a sliver of it. In each slice one scan of few columns
finds candidates by the filter's necessary condition; then the exact condition is
evaluated over all rows of the candidates alone (`views`).

The clock is a function of a trace's rows: with `TraceId` the earliest start of its
segments, with `Event` the last receipt, with `Service` the last end of a segment in
the window (decisions: the epoch inside an id counts for nothing).
"""

import time
from dataclasses import dataclass
from typing import Any, NamedTuple

from fluoro.filters.compile import EVERY_TRACE, Condition
from fluoro.filters.prefilter import All, Need, Owned, Row
from fluoro.model.limits import (
    SCANNED_EXACTLY_MAX,
    SEARCH_CANDIDATES_MAX,
    SEARCH_PAGE_TRACES_MAX,
    SEARCH_SECONDS_MAX,
    SEARCH_TRACES_MAX,
)
from fluoro.store.causes import CausesOf, derive
from fluoro.store.engine import Engine
from fluoro.store.views import INDEPENDENT, needs_owners, timed_traces


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


class _Clock(NamedTuple):
    column: str
    rows: str
    at: str


_SEGMENT = "bitAnd(flags, 2) != 0"
_ENDED = (
    "bitAnd(flags, 3) = 2 AND end_us >= {start_us:Int64} AND end_us < {end_us:Int64}"
)
_NEVER = "toInt64(-9223372036854775808)"

CLOCKS = {
    "TraceId": _Clock(
        "start_us",
        "1",
        f"""multiIf(
            countIf({_SEGMENT} AND start_us > 0) > 0,
                minIf(start_us, {_SEGMENT} AND start_us > 0),
            countIf({_SEGMENT}) > 0, minIf(start_us, {_SEGMENT}),
            countIf(start_us > 0) > 0, minIf(start_us, start_us > 0), min(start_us))""",
    ),
    "Event": _Clock("received_us", "1", "max(received_us)"),
    "Service": _Clock(
        "end_us",
        "bitAnd(flags, 3) = 2",
        f"if(countIf({_ENDED}) > 0, maxIf(end_us, {_ENDED}), {_NEVER})",
    ),
}
"""The column whose slices are walked, the rows that count, and a trace's time."""

_FIRST_SLICE_US = 4_000_000
_FIRST_SLICE_OF_ALL_US = 1_000_000
_STRICT_SLICE_US = 30_000_000
_GROWTH = 1000
_SHRINKING = 8
_SPARE = 1.5
_SAMPLES = 8
_SAMPLED_SHARE = 64

_UNBOUNDED = 1 << 40
_SETTINGS = {"max_execution_time": 60}

_IN_SLICE = "{column} >= {{from_us:Int64}} AND {column} < {{to_us:Int64}} AND {rows}"
_NEAR_SLICE = """trace_id >= (
    SELECT trace_id FROM entities WHERE {slice} ORDER BY trace_id LIMIT 1
) AND trace_id <= (
    SELECT trace_id FROM entities WHERE {slice} ORDER BY trace_id DESC LIMIT 1
)"""
_KEPT = "cityHash64(trace_id) <= {share:UInt64}"

_EXACT = """
SELECT base.at, base.trace_id FROM {traces}
WHERE at >= {{from_us:Int64}} AND at < {{to_us:Int64}} AND {after} AND {condition}
ORDER BY at DESC, base.trace_id DESC LIMIT {{limit:UInt64}}
"""

_OLDER = """(at < {after_us:Int64} OR at = {after_us:Int64}
    AND base.trace_id < toFixedString(unhex({after_id:String}), 16))"""

_ROOT = "bitAnd(flags, 8192) != 0"

_COUNT_FEW = f"""SELECT count() FROM (
    SELECT 1 FROM entities WHERE {_ROOT} AND {{slice}} LIMIT {{{{most:UInt64}}}})"""

# The first part of each sample's stretch of the range stands for all of it.
_COUNT_MANY = f"""SELECT count() FROM entities WHERE {_ROOT} AND ({{slices}})"""


def search(engine: Engine, wanted: Search) -> Found:
    """Return the next page of a search. Raises EngineError."""
    return _Walk(engine, wanted).page()


class _Walk:
    """One page's walk back through the window."""

    def __init__(self, engine: Engine, wanted: Search) -> None:
        self._engine = engine
        self._wanted = wanted
        self._condition = wanted.condition or EVERY_TRACE
        self._clock = CLOCKS[wanted.clock]
        self._found: list[Position] = []
        self._looked_at = 0
        after = wanted.after
        self._top = min(wanted.end_us, after.at_us + 1) if after else wanted.end_us

    def page(self) -> Found:
        """Walk until the page is full, the window ends or a budget does.

        Candidates of several slices are looked at together once they may fill the page.
        """
        wanted = self._wanted
        deadline = time.monotonic() + wanted.seconds
        width = _FIRST_SLICE_US if self._condition.need else _FIRST_SLICE_OF_ALL_US
        to_us = looked_us = self._top
        waiting: set[str] = set()
        while to_us > wanted.start_us and len(self._found) < wanted.limit:
            from_us = max(wanted.start_us, to_us - width)
            ids = self._candidates(from_us, to_us)
            if ids is None:
                width = max(1, (to_us - from_us) // _SHRINKING)
                continue
            waiting.update(ids)
            to_us, spent = from_us, time.monotonic() > deadline
            if spent or to_us <= wanted.start_us or len(waiting) >= self._wished():
                self._look_at(to_us, looked_us, waiting)
                looked_us, waiting = to_us, set()
                if spent or self._looked_at > wanted.traces:
                    break
            width = self._next_width(width, len(ids), len(waiting))
        return self._finish(to_us)

    def _look_at(self, from_us: int, to_us: int, waiting: set[str]) -> None:
        if waiting:
            self._looked_at += len(waiting)
            self._found += self._matches(from_us, to_us, sorted(waiting))

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
        narrow = self._condition.need is None or to_us - from_us <= _STRICT_SLICE_US
        for strict in (True,) if narrow else (False, True):
            sql = f"{self._candidates_sql(strict=strict)} LIMIT {{most:UInt64}}"
            parameters = self._parameters(from_us, to_us, most=most)
            rows = self._engine.query(sql, parameters, _SETTINGS)
            if len(rows) < most:
                return [trace_id.hex() for (trace_id,) in rows]
        return None

    def _matches(self, from_us: int, to_us: int, ids: list[str]) -> list[Position]:
        """Return which candidates match, newest first, at most a full page."""
        condition = self._condition
        if condition.causes:
            if self._wanted.causes_of is None:
                raise ValueError("the condition asks for root causes")
            derive(self._engine, ids, self._wanted.causes_of)
        sql = _EXACT.format(
            traces=timed_traces(condition, self._clock.at, climb=self._climb(ids)),
            after=_OLDER if self._wanted.after else "1",
            condition=condition.sql,
        )
        limit = self._wanted.limit - len(self._found)
        parameters = self._parameters(from_us, to_us, ids=ids, limit=limit)
        rows = self._engine.query(sql, parameters, _SETTINGS)
        return [Position(at, trace_id) for at, trace_id in rows]

    def _climb(self, ids: list[str]) -> bool:
        if not needs_owners(self._condition):
            return False
        return bool(self._engine.query(INDEPENDENT, {"ids": ids})[0][0])

    def _candidates_sql(self, *, strict: bool) -> str:
        inside = self._in_slice()
        conditions = []
        if self._wanted.share < 1:
            conditions.append(_KEPT)
        if not strict:
            conditions.append(_NEAR_SLICE.format(slice=inside))
        elif self._condition.need is None:
            conditions.append(inside)
        else:
            conditions.append(
                f"trace_id IN (SELECT trace_id FROM entities WHERE {inside})"
            )
        return _candidates(self._condition.need, conditions)

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
        """Return the traces from here to the page before, by their root segments."""
        inside = self._in_slice()
        parameters = self._parameters(since_us, self._top, most=SCANNED_EXACTLY_MAX)
        sql = _COUNT_FEW.format(slice=inside)
        few = int(self._engine.query(sql, parameters)[0][0])
        if few < SCANNED_EXACTLY_MAX:
            return max(few, len(self._found))
        column, stretch = self._clock.column, (self._top - since_us) / _SAMPLES
        starts = [since_us + int(stretch * n) for n in range(_SAMPLES)]
        size = max(1, int(stretch / _SAMPLED_SHARE))
        slices = " OR ".join(
            f"{column} >= {start} AND {column} < {start + size}" for start in starts
        )
        sample = self._engine.query(_COUNT_MANY.format(slices=slices))[0][0]
        return max(few, int(sample * stretch / size))


_LAST_ID = b"\xff" * 16


def _candidates(need: Need | None, conditions: list[str]) -> str:
    """Return the SELECT of traces that have the rows a condition needs."""
    where = " AND ".join(conditions)
    if need is None:
        return f"SELECT DISTINCT trace_id FROM entities WHERE {where}"
    if isinstance(need, Row):
        return f"SELECT DISTINCT trace_id FROM entities WHERE {where} AND {need.sql}"
    tests: list[str] = []
    having = _having(need, tests)
    columns = ", ".join(f"({sql}) AS p{n}" for n, sql in enumerate(tests))
    some = " OR ".join(f"p{n}" for n in range(len(tests)))
    return (
        f"SELECT trace_id FROM (SELECT trace_id, segment_id, {columns} FROM entities"
        f" WHERE {where} AND ({some})) GROUP BY trace_id HAVING {having}"
    )


def _having(need: Need, tests: list[str]) -> str:
    """Return a need as a condition on a trace's rows; add the tests it names."""
    match need:
        case Row(sql):
            return f"max({_tested(sql, tests)})"
        case Owned(sql, owner):
            row, segment = _tested(sql, tests), _tested(owner, tests)
            return (
                f"(hasAny(groupArrayIf(segment_id, {row}),"
                f" groupArrayIf(segment_id, {segment}))"
                f" OR max({row} AND segment_id = 0))"
            )
    connective = " AND " if isinstance(need, All) else " OR "
    return f"({connective.join(_having(item, tests) for item in need.items)})"


def _tested(sql: str, tests: list[str]) -> str:
    """Return the name of a row's test, which is made once."""
    if sql not in tests:
        tests.append(sql)
    return f"p{tests.index(sql)}"
