"""The traces that match a condition among those received in a window, as a SELECT.

Where `search` pages through traces one time after another, a graph's scope needs all of
them at once and never sees their ids: this stays inside the engine.
"""

from typing import Any

from fluoro.filters.compile import Condition
from fluoro.model.limits import CAUSES_AT_ONCE_MAX
from fluoro.store.candidates import candidates
from fluoro.store.causes import CANDIDATES, CausesOf, derive, missing_among
from fluoro.store.engine import Engine
from fluoro.store.rollups import Range, Traces, chunks
from fluoro.store.views import timed_traces

_RECEIVED = (
    "trace_id IN (SELECT trace_id FROM entities WHERE"
    " received_us >= {from_us:Int64} AND received_us < {until_us:Int64})"
)


def members(
    engine: Engine, condition: Condition, window: Range, causes_of: CausesOf
) -> Traces:
    """Return the traces with a receipt in `window` that match a condition.

    The window is half-open, in epoch microseconds; a trace matches as a whole,
    whatever of it was received when. Root causes that the condition asks for are
    derived before, by `causes_of`. Raises EngineError.
    """
    if condition.causes:
        _derive_causes(engine, condition, window, causes_of)
    views = timed_traces(condition, [], climb=True).replace(CANDIDATES, _RECEIVED)
    return Traces(
        f"SELECT base.trace_id AS trace_id FROM {views} WHERE {condition.sql}",
        _parameters(condition, window),
    )


def _derive_causes(
    engine: Engine, condition: Condition, window: Range, causes_of: CausesOf
) -> None:
    """Add the root causes that are not known yet of the traces that may match."""
    scope = f"trace_id IN ({candidates(condition.need, [_RECEIVED])})"
    for part in chunks(engine, window):
        lacking = missing_among(engine, scope, _parameters(condition, part))
        for first in range(0, len(lacking), CAUSES_AT_ONCE_MAX):
            derive(engine, lacking[first : first + CAUSES_AT_ONCE_MAX], causes_of)


def _parameters(condition: Condition, window: Range) -> dict[str, Any]:
    return {**condition.parameters, "from_us": window[0], "until_us": window[1]}
