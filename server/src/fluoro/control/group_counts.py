"""How many traces of each group were received in the last full minute.

X-Ray publishes this as the metric `ApproximateTraceCount` of each group, `Default`
among them; here `/metrics` shows it. A trace counts in each minute in which something
of it was received, in the groups whose present expression it matches.
"""

import threading

import structlog

from fluoro.control.groups import group_expressions
from fluoro.filters.compile import compile_filter
from fluoro.filters.groups import Groups, expand_groups
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError
from fluoro.store.causes import CausesOf
from fluoro.store.membership import members
from fluoro.store.records import Records
from fluoro.store.rollups import Range
from fluoro.store.usage import count_members, count_received

log = structlog.get_logger()

MINUTE_US = 60_000_000


class GroupCounts:
    """Counts once a minute, when somebody asks.

    `causes_of` finds the root causes of traces for the groups that ask for them.
    """

    def __init__(self, records: Records, causes_of: CausesOf) -> None:
        self._records = records
        self._causes_of = causes_of
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def last_minute(self, now: float) -> dict[str, int]:
        """Return the count by the group's name, without groups that fail.

        Raises EngineError.
        """
        minute = round(now * 1e6) // MINUTE_US
        with self._lock:
            if minute != self._minute:
                window = ((minute - 1) * MINUTE_US, minute * MINUTE_US)
                self._counts = self._count(window)
                self._minute = minute
            return self._counts

    def _count(self, window: Range) -> dict[str, int]:
        groups = group_expressions(self._records)
        counts = {}
        for name in groups:
            try:
                counts[name] = self._count_one(name, groups, window)
            except FilterError:  # written by a newer Fluoro: no member
                counts[name] = 0
            except Exception:  # costs its own metric, none of the others
                log.exception("group_not_counted", group=name)
        return counts

    def _count_one(self, name: str, groups: Groups, window: Range) -> int:
        engine, expression = self._records.engine, groups[name]
        if expression is None:
            return count_received(engine, window)
        condition = compile_filter(expand_groups(parse(expression), groups))
        return count_members(
            engine, members(engine, condition, window, self._causes_of)
        )
