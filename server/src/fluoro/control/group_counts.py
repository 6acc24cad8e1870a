"""How many traces of each group were received in the last full minute.

X-Ray publishes this as the metric `ApproximateTraceCount` of each group, `Default`
among them; here `/metrics` shows it. A trace counts in each minute in which something
of it was received, in the groups whose present expression it matches.
"""

import threading

from fluoro.control.groups import group_expressions
from fluoro.filters.compile import compile_filter
from fluoro.filters.groups import expand_groups
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError
from fluoro.store.membership import members
from fluoro.store.records import Records
from fluoro.store.rollups import Range
from fluoro.store.usage import count_members, count_received

MINUTE_US = 60_000_000


class GroupCounts:
    """Counts once a minute, when somebody asks."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def last_minute(self, now: float) -> dict[str, int]:
        """Return the count by the group's name. Raises EngineError."""
        minute = round(now * 1e6) // MINUTE_US
        with self._lock:
            if minute != self._minute:
                window = ((minute - 1) * MINUTE_US, minute * MINUTE_US)
                self._counts = self._count(window)
                self._minute = minute
            return self._counts

    def _count(self, window: Range) -> dict[str, int]:
        expressions = group_expressions(self._records)
        counts = {}
        for name, expression in expressions.items():
            if expression is None:
                counts[name] = count_received(self._records.engine, window)
                continue
            try:
                parsed = expand_groups(parse(expression), expressions)
            except FilterError:  # written by a newer Fluoro: no member
                counts[name] = 0
                continue
            traces = members(compile_filter(parsed), window)
            counts[name] = count_members(self._records.engine, traces)
        return counts
