"""Reads which traces link to a trace."""

from fluoro.store.engine import Engine

_LINKING = """
SELECT consumer_trace_id
FROM graph_links
WHERE trace_id = toFixedString(unhex({trace_id:String}), 16)
    AND consumer_trace_id != trace_id
GROUP BY consumer_trace_id
ORDER BY min(received_us), consumer_trace_id
LIMIT {limit:UInt32}
"""


def read_linking(engine: Engine, trace_id: bytes, limit: int) -> list[bytes]:
    """Return the traces that link to one, the first received first.

    Raises EngineError.
    """
    parameters = {"trace_id": trace_id.hex(), "limit": limit}
    return [linking for (linking,) in engine.query(_LINKING, parameters)]
