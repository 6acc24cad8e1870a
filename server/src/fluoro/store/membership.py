"""The traces that match a condition among those received in a window, as a SELECT.

Where `search` pages through traces one time after another, a graph's scope needs all of
them at once and never sees their ids: this stays inside the engine.
"""

from fluoro.filters.compile import Condition
from fluoro.store.rollups import Range, Traces
from fluoro.store.views import CANDIDATES, timed_traces

_RECEIVED = (
    "trace_id IN (SELECT trace_id FROM entities WHERE"
    " received_us >= {from_us:Int64} AND received_us < {until_us:Int64})"
)


def members(condition: Condition, window: Range) -> Traces:
    """Return the traces with a receipt in `window` that match a condition.

    The window is half-open, in epoch microseconds; a trace matches as a whole,
    whatever of it was received when.
    """
    views = timed_traces(condition, [], climb=True).replace(CANDIDATES, _RECEIVED)
    return Traces(
        f"SELECT base.trace_id AS trace_id FROM {views} WHERE {condition.sql}",
        {**condition.parameters, "from_us": window[0], "until_us": window[1]},
    )
