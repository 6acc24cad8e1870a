"""Which traces link to a trace; those that it links to stand in its own documents."""

from typing import Any

from fluoro.model.errors import InvalidRequestError
from fluoro.model.ids import format_trace_id, parse_any_trace_id
from fluoro.model.limits import LINKING_TRACES_MAX
from fluoro.store.engine import Engine
from fluoro.store.links import read_linking

Json = dict[str, Any]


def get_linking_traces(engine: Engine, trace_id: str) -> Json:
    """Return the ids of the traces whose segments link to one of `trace_id`.

    The first received come first, `More` tells of further ones. Raises
    InvalidRequestError for a malformed id, and EngineError.
    """
    try:
        raw = parse_any_trace_id(trace_id)
    except ValueError:
        raise InvalidRequestError(
            f"Invalid trace id {trace_id}: incorrect id format"
        ) from None
    found = read_linking(engine, raw, LINKING_TRACES_MAX + 1)
    return {
        "TraceIds": [format_trace_id(one) for one in found[:LINKING_TRACES_MAX]],
        "More": len(found) > LINKING_TRACES_MAX,
    }
