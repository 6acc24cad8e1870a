"""Builds the service graph's rollups as receipts come in; see `rollups`.

Each build is a pure function of the rows in the store, its line in `graph_spans`
follows its rows, and the state follows all lines of a step. So a step that is cut off
is done again, and servers that share a store may all roll: of two builds of one span
the one that began last counts, and they differ by what came in between alone.
"""

import secrets
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from fluoro.store import rollups
from fluoro.store.digest import merge_texts, write_digests
from fluoro.store.engine import Engine
from fluoro.store.rollups import (
    COARSE_S,
    MINUTE_S,
    MINUTE_US,
    NARROWER_S,
    SECOND_US,
    SLICE_S,
    SLICE_US,
    SLICES_S,
    Range,
    Span,
    State,
)
from fluoro.store.statistics import COLUMNS, DIGESTS, FROM_ROLLUPS, KEY, joined

GRACE_US = SECOND_US // 5
"""How long after its end a slice is built, at least. What waits in this server's spool
is waited for; where others share the store, what they have inserted must be seen."""

MINUTE_GRACE_US = 20 * SECOND_US
"""How long after that a minute is: late answers make slices stale, not minutes."""

SLICES_US = 5 * MINUTE_US
"""How long slices are kept up to date beside minutes, for windows that begin lately."""

TEN_US, HOUR_US = 10 * MINUTE_US, 60 * MINUTE_US

MINUTES_PER_STEP = 60
"""How much of a backlog one step builds."""

SUPERSEDED_US = 15 * MINUTE_US
"""How long a build that no longer counts stays for those who are reading it."""

_MINUTES = f"""
SELECT DISTINCT intDiv(received_us, {MINUTE_US}) * {MINUTE_US} AS start FROM entities
WHERE received_us >= {{from_us:Int64}} AND received_us < {{until_us:Int64}}
ORDER BY start LIMIT {MINUTES_PER_STEP}
"""

_COLUMNS = [
    column.strip()
    for column in f"width_s, received_us, build, built_us, {COLUMNS}".split(",")
]

_INSERT = f"""
INSERT INTO graph_rollups (width_s, received_us, build, built_us, {COLUMNS})
SELECT {{width_s:UInt32}}, received_us, {{build:UInt64}}, {{built_us:Int64}}, {COLUMNS}
FROM (%s)
"""

_ROWS_OF = f"SELECT count() FROM graph_rollups WHERE {rollups.SPANS}"

# Digests stay apart here, one text after the other.
_SUMMED = f"""
SELECT {COLUMNS} FROM (
    SELECT {KEY}, {FROM_ROLLUPS},
        {", ".join(f"{joined(digest)} AS {digest}" for digest in DIGESTS)}
    FROM graph_rollups AS r
    WHERE {rollups.SPANS}
        AND cityHash64({KEY}) % {{parts:UInt32}} = {{part:UInt32}}
    GROUP BY {KEY}
)
"""

ROWS_PER_MERGE = 8_000
"""How many rows of digests are merged at a time: a bound on memory."""

_LINES = """
INSERT INTO graph_spans (width_s, received_us, build, built_us)
SELECT {width_s:UInt32}, arrayJoin({starts:Array(Int64)}), {build:UInt64},
    {built_us:Int64}
"""

_STATE = """
INSERT INTO graph_state
    (key, slices_from_us, slices_until_us, minutes_until_us, horizon_us)
SELECT 0, {first:Int64}, {slices:Int64}, {minutes:Int64}, {horizon:Int64}
"""

_BUILDS = """
SELECT DISTINCT width_s, received_us, build FROM graph_rollups
WHERE width_s IN {widths:Array(UInt32)} AND received_us >= {from_us:Int64}
    AND received_us < {until_us:Int64} AND built_us < {built_us:Int64}
"""

_OLD_SLICES = f"""
SELECT DISTINCT _partition_id FROM graph_rollups
WHERE width_s < {MINUTE_S} AND received_us < {{before_us:Int64}}
"""


class Roller:
    """Builds what is due, step by step; made for a thread of its own.

    `clock` gives the epoch seconds that receipts are stamped with. When something
    came into the store is told by the engine's clock alone. `inserting_since` gives
    the epoch microseconds at which an insert of this server began that is still under
    way, None where none is: what it brings is in no build, however long it takes.
    `waiting_since` gives the first receipt that this server has not brought into the
    store yet, None where nothing waits: spans are built up to there, for what follows
    would soon be stale.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], float],
        inserting_since: Callable[[], int | None] = lambda: None,
        waiting_since: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._inserting_since = inserting_since
        self._waiting_since = waiting_since

    def step(self) -> bool:
        """Build what is due; return whether there is more. Raises EngineError."""
        state, due = rollups.read_state(self._engine), self._due()
        if due <= state.slices_until_us:
            return False
        began_us = self._engine.query("SELECT toUnixTimestamp64Micro(now64(6))")[0][0]
        horizon_us = min(began_us, self._inserting_since() or began_us)
        if horizon_us <= state.horizon_us:
            return False
        after = rollups.after(self._engine, state)
        news = rollups.read_news(self._engine, after)
        if not news:
            return False
        minutes, until, more = self._minutes(state, due)
        due = until if more else due
        fresh = max(state.slices_until_us, until), due
        kept_from = fresh[0]
        if fresh[0] == state.slices_until_us:
            kept_from = state.slices_from_us
        slices = {
            start: rows
            for start, (rows, _) in news.items()
            if fresh[0] <= start < fresh[1]
        }
        stale: set[int] = set()
        if any(late for _, late in news.values()):
            with self._engine.session() as session:
                stale = rollups.stale_slices(session, after, added=False)
        old = [at for at in minutes if at < kept_from]
        stale |= self._build(MINUTE_S, old, began_us)
        stale |= self._build_slices(slices, stale, kept_from, began_us)
        # An earlier step may have begun the ten seconds in which this one goes on.
        self.merge(SLICES_S, {*slices, *stale, fresh[0]}, fresh[1], began_us)
        changed = {_floor(at, MINUTE_US) for at in stale if at < until}
        for start in sorted(at for at in changed - {*old} if at < kept_from):
            self._build(MINUTE_S, [start], began_us)
        kept = {at for at in {*minutes, *changed} if at >= kept_from}
        self.merge(MINUTE_S, kept, until, began_us)
        touched = {*minutes, *stale, state.minutes_until_us}
        for width_s in COARSE_S:
            self.merge(width_s, touched, until, began_us)
        first = max(kept_from, until - SLICES_US)
        self._write(State(first, due, until, horizon_us))
        self._clean((state.minutes_until_us, until), began_us)
        return more

    def _due(self) -> int:
        """Return until which receipt slices are to be built."""
        now_us = round(self._clock() * SECOND_US)
        grown = now_us - GRACE_US - rollups.unseen_us(self._engine)
        waiting = self._waiting_since()
        return _floor(grown if waiting is None else min(grown, waiting), SLICE_US)

    def _minutes(self, state: State, due: int) -> tuple[list[int], int, bool]:
        """Return which minutes are due, where they end, and whether there are more."""
        from_us = state.minutes_until_us
        until_us = max(_floor(due - MINUTE_GRACE_US, MINUTE_US), from_us)
        if until_us == from_us:
            return [], until_us, False
        parameters = {"from_us": from_us, "until_us": until_us}
        minutes = [start for (start,) in self._engine.query(_MINUTES, parameters)]
        if len(minutes) < MINUTES_PER_STEP:
            return minutes, until_us, False
        return minutes, minutes[-1] + MINUTE_US, True

    def _build_slices(
        self, fresh: dict[int, int], stale: set[int], from_us: int, began_us: int
    ) -> set[int]:
        """Build fresh slices, and stale ones again that begin in or after `from_us`.

        `fresh` has their rows. Returns the slices that turned out to have changed too.
        """
        kept = {at for at in stale if at >= from_us}
        changed = self._build_runs(kept | fresh.keys(), fresh, began_us)
        more = {at for at in changed if at >= from_us} - fresh.keys() - kept
        self._build_runs(more, {}, began_us)
        return changed

    def _build_runs(
        self, starts: set[int], fresh: dict[int, int], began_us: int
    ) -> set[int]:
        """Build slices, together those side by side, and all after the first fresh."""
        runs: list[list[int]] = []
        for start in sorted(starts):
            near = runs and runs[-1][-1] + SLICE_US >= start
            if near or (runs and runs[-1][-1] in fresh):
                runs[-1].append(start)
            else:
                runs.append([start])
        changed: set[int] = set()
        for run in runs:
            known = sum(fresh[at] for at in run) if fresh.keys() >= {*run} else None
            changed |= self._build(SLICE_S, run, began_us, known)
        return changed

    def _build(
        self,
        width_s: int,
        starts: list[int],
        began_us: int,
        rows: int | None = None,
    ) -> set[int]:
        """Build spans from the rows received between the first and the last.

        `rows` is their number, where it is known. Returns the slices before the first
        that these rows change.
        """
        if not starts:
            return set()
        width_us = width_s * SECOND_US
        window = starts[0], starts[-1] + width_us
        build = _new_build(width_s, began_us)
        changed: set[int] = set()
        with self._engine.session() as session:
            parts = [window]
            if rows is None or rows > rollups.ROWS_PER_STAGE:
                parts = rollups.chunks(session, window, width_us)
            for part in parts:
                outlived = rollups.stage(session, [part])
                select, parameters = rollups.statistics([part], width_us)
                session.command(_INSERT % select, {**parameters, **build})
                if outlived:
                    changed |= rollups.outdated(session, starts[0])
        self._engine.command(_LINES, {**build, "starts": starts})
        return changed

    def merge(
        self, width_s: int, touched: Iterable[int], until_us: int, began_us: int
    ) -> None:
        """Build the spans until a time that hold a touched one, from narrower ones.

        Times are epoch microseconds; widths those of `NARROWER_S`.
        """
        unit_us = width_s * SECOND_US
        for start in sorted({_floor(at, unit_us) for at in touched}):
            if start + unit_us > until_us:
                continue
            window = start, start + unit_us
            spans = rollups.read_spans(self._engine, ((NARROWER_S[width_s],), window))
            if not spans:
                continue
            build = _new_build(width_s, began_us)
            self._insert_merged(start, build, rollups.span_parameters(spans))
            self._engine.command(_LINES, {**build, "starts": [start]})

    def _insert_merged(
        self, start: int, build: dict[str, int], spans: dict[str, Any]
    ) -> None:
        """Write the rows of a span that adds up others, some entities at a time."""
        count = self._engine.query(_ROWS_OF, spans)[0][0]
        parts = 1 + count // ROWS_PER_MERGE
        head = [build["width_s"], start, build["build"], build["built_us"]]
        for part in range(parts):
            parameters = {**spans, "parts": parts, "part": part}
            rows = self._engine.query(_SUMMED, parameters, octets=DIGESTS)
            columns = list(zip(*rows, strict=True))
            merged = [
                chain.from_iterable(map(write_digests, merge_texts(texts)))
                for texts in columns[-len(DIGESTS) :]
            ]
            whole = zip(*columns[: -len(DIGESTS)], *merged, strict=True)
            cells = [cell for row in whole for cell in (*head, *row)]
            self._engine.insert("graph_rollups", _COLUMNS, cells)

    def _write(self, state: State) -> None:
        """Say how far spans are built; what is said holds from here on."""
        self._engine.command(
            _STATE,
            {
                "first": state.slices_from_us,
                "slices": state.slices_until_us,
                "minutes": state.minutes_until_us,
                "horizon": state.horizon_us,
            },
        )

    def _clean(self, closed: Range, began_us: int) -> None:
        """Remove what no longer counts, where minutes closed ten minutes or an hour."""
        if _floor(closed[0], TEN_US) < _floor(closed[1], TEN_US):
            self._drop_slices(closed[1] - SUPERSEDED_US)
        if _floor(closed[0], HOUR_US) < _floor(closed[1], HOUR_US):
            self._tidy(closed, began_us)

    def _tidy(self, closed: Range, began_us: int) -> None:
        """Remove builds that no longer count."""
        window = _floor(closed[0], HOUR_US), _floor(closed[1], HOUR_US)
        widths = (MINUTE_S, *COARSE_S)
        parameters = {
            "widths": list(widths),
            "from_us": window[0],
            "until_us": window[1],
            "built_us": began_us - SUPERSEDED_US,
        }
        stored = {Span(*row) for row in self._engine.query(_BUILDS, parameters)}
        counting = set(rollups.read_spans(self._engine, (widths, window)))
        if stored - counting:
            self._engine.command(
                f"DELETE FROM graph_rollups WHERE {rollups.SPANS}",
                rollups.span_parameters(stored - counting),
            )

    def _drop_slices(self, before_us: int) -> None:
        """Remove slices of ten minutes that minutes have replaced."""
        parameters = {"before_us": _floor(before_us, TEN_US)}
        for (partition,) in self._engine.query(_OLD_SLICES, parameters):
            self._engine.command(
                f"ALTER TABLE graph_rollups DROP PARTITION ID '{partition}'"
            )


def _new_build(width_s: int, began_us: int) -> dict[str, int]:
    """Return the parameters that number a build and say when it began."""
    return {"width_s": width_s, "build": secrets.randbits(63), "built_us": began_us}


def _floor(time_us: int, unit_us: int) -> int:
    """Return the start of the unit that a time lies in."""
    return time_us // unit_us * unit_us
