"""Covering a window with built spans, and deriving what lies between them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fluoro.store import calls
from fluoro.store.aside import aside
from fluoro.store.engine import Engine, Session
from fluoro.store.rollups import (
    COARSE_S,
    FINE_S,
    MINUTE_S,
    MINUTE_US,
    ROWS_PER_STAGE,
    SHORT_US,
    SLICE_US,
    SLICES_S,
    After,
    Range,
    Span,
    State,
    Traces,
    after,
    all_fresh,
    chunks,
    count_rows,
    read_spans,
    read_state,
    stage,
    staged_until,
    stale_by_staged,
    stale_slices,
)


@dataclass(frozen=True)
class Cover:
    """A window as builds, and as the gaps that are to be derived from rows.

    Those in `staged` are derived already: the session holds their observations. The
    other gaps are derived as of the same moment, `as_of_us`, where there is one.
    `built` returns what is read of the builds.
    """

    spans: list[Span]
    gaps: list[Range]
    built: Callable[[], list[Any]]
    staged: list[Range] = field(default_factory=list)
    as_of_us: int | None = None


_Area = tuple[Range, int, tuple[int, ...]]
"""Where spans are built, in which unit, and their widths."""

Read = Callable[[Session, list[Span]], list[Any]]
"""What is to be read of spans."""


@contextmanager
def cover(
    engine: Engine,
    sessions: Sequence[Session],
    window: Range,
    read: Read,
    widths: Iterable[int] = (MINUTE_S, *COARSE_S),
    traces: Traces | None = None,
) -> Iterator[Cover]:
    """Cover a window with built spans of `widths` and slices, and gaps.

    Of given traces nothing is built. Of two sessions the first holds what is staged;
    on the other `read` begins beside that, with the spans that count unless what is
    staged turns out to have changed some.
    """
    session, beside = sessions
    state = State() if traces else read_state(session)
    if window[0] >= state.slices_until_us:
        yield Cover([], [window], list)
        return
    news = after(engine, state)
    areas = _areas(window, state, tuple(widths))
    gaps = _outside(window, [area for area, _, _ in areas])
    wanted = [(allowed, area) for area, _, allowed in areas]
    staged = _fresh(gaps, news)

    def look() -> tuple[list[Span], bool]:
        spans = read_spans(beside, *wanted)
        return spans, bool(staged) and all_fresh(beside, news)

    def read_foreseen(found: tuple[list[Span], bool]) -> list[Any]:
        return read(beside, _taken(found[0], areas, set()))

    with aside(look, read_foreseen) as (looked, foreseen):
        # No more than is bounded: where that is not all, it is derived in parts below.
        before = [gap for gap in staged if gap[0] < news.until_us]
        if staged:
            outlived = stage(session, [*before, news.fresh])
        else:
            stale = stale_slices(session, news)
        spans, complete = looked()
        if complete:
            stale = stale_by_staged(session, news, outlived=outlived)
        elif staged:
            staged, stale = [], stale_slices(session, news)
        taken = _taken(spans, areas, stale)
        rest = [gap for gap in gaps if gap not in staged]
        rest += [
            (at, at + unit)
            for area, unit, _ in areas
            for at in _units(stale, area, unit)
        ]
        as_of_us = staged_until(session, news) if staged and rest else None

        def built() -> list[Any]:
            rows = foreseen()
            return read(beside, taken) if stale else rows

        yield Cover(taken, _joined(rest), built, staged, as_of_us)


def pieces(
    session: Session, cover: Cover, traces: Traces | None = None
) -> Iterator[list[Range]]:
    """Derive the gaps, a bounded number of rows at a time.

    Yields windows while the session holds the observations of their traces: what is
    counted within the windows adds up. Nothing where nothing was received.
    """
    if cover.staged:
        yield cover.staged
    if traces:
        session.keep(
            "staged_members", calls.TRACE_COLUMN, traces.sql, traces.parameters
        )
    for part in _parts(session, cover.gaps):
        stage(session, part, members=traces is not None, as_of_us=cover.as_of_us)
        yield part


def _parts(session: Session, gaps: list[Range]) -> list[list[Range]]:
    """Cut gaps so that each part has a bounded number of rows."""
    if sum(until - start for start, until in gaps) <= SHORT_US:
        return [gaps] if gaps else []
    rows = count_rows(session, gaps)
    if rows <= ROWS_PER_STAGE:
        return [gaps] if rows else []
    return [[part] for gap in gaps for part in chunks(session, gap)]


def _taken(spans: list[Span], areas: list[_Area], stale: set[int]) -> list[Span]:
    """Return the spans that cover the areas but for what is stale."""
    taken = []
    for area, unit, allowed in areas:
        built = [span for span in spans if span.width_s in allowed]
        taken += _choose(built, area, _units(stale, area, unit))
    return taken


def _units(stale: set[int], area: Range, unit: int) -> set[int]:
    """Return the starts of an area's units that hold a stale slice."""
    return {start // unit * unit for start in stale if area[0] <= start < area[1]}


def _areas(window: Range, state: State, widths: tuple[int, ...]) -> list[_Area]:
    """Return the parts of a window that are built."""
    minutes = _aligned(window, MINUTE_US, state.minutes_until_us)
    first = max(window[0], state.slices_from_us)
    if minutes[0] < minutes[1]:
        early, late = (first, minutes[0]), (max(first, minutes[1]), window[1])
    else:
        early, late = (first, window[1]), (window[1], window[1])
    areas = (
        (_aligned(early, SLICE_US, state.slices_until_us), SLICE_US, FINE_S),
        (minutes, MINUTE_US, widths),
        (_aligned(late, SLICE_US, state.slices_until_us), SLICE_US, FINE_S),
    )
    return [each for each in areas if each[0][0] < each[0][1]]


def _fresh(gaps: list[Range], news: After) -> list[Range]:
    """Return the gaps to be staged with all that is in no span: those as short.

    None where the window ends before.
    """
    if not gaps or gaps[-1][1] <= news.until_us:
        return []
    return [
        (start, until)
        for start, until in gaps
        if start >= news.until_us or until - start <= SLICE_US
    ]


def _aligned(window: Range, unit: int, until: int) -> Range:
    """Return the whole units of a window that lie before `until`."""
    return -(-window[0] // unit) * unit, min(window[1], until) // unit * unit


def _choose(spans: list[Span], area: Range, stale: set[int]) -> list[Span]:
    """Take the widest spans that lie in the area, hold nothing stale and not overlap.

    `spans` come widest first, and narrower ones divide wider ones.
    """
    chosen: list[Span] = []
    covered: list[Range] = []
    for span in spans:
        inside = area[0] <= span.received_us and span.until_us <= area[1]
        if not inside or any(span.received_us <= s < span.until_us for s in stale):
            continue
        if any(start <= span.received_us < until for start, until in covered):
            continue
        chosen.append(span)
        if span.width_s in (SLICES_S, *COARSE_S):
            covered.append((span.received_us, span.until_us))
    return chosen


def _outside(window: Range, built: list[Range]) -> list[Range]:
    """Return what of the window lies in none of the built areas, which are in order."""
    gaps = []
    at = window[0]
    for start, until in built:
        gaps.append((at, start))
        at = until
    gaps.append((at, window[1]))
    return [(start, until) for start, until in gaps if start < until]


def _joined(ranges: list[Range]) -> list[Range]:
    """Return the ranges in order, those that touch as one."""
    joined: list[Range] = []
    for start, until in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(until, joined[-1][1])
        else:
            joined.append((start, until))
    return joined
