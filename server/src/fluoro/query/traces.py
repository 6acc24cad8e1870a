"""BatchGetTraces: up to five traces with their documents."""

from typing import Any

from fluoro.model.errors import (
    InvalidRequestError,
    SerializationError,
    ValidationError,
)
from fluoro.model.ids import parse_any_trace_id
from fluoro.model.limits import TRACES_PER_CALL_MAX
from fluoro.query.assemble import assemble
from fluoro.query.render import render_segments
from fluoro.store.documents import read_documents
from fluoro.store.engine import Engine

Json = dict[str, Any]


def batch_get_traces(engine: Engine, request: Json, bytes_max: int = 0) -> Json:
    """Answer BatchGetTraces; ids of unknown traces appear nowhere in it, as in X-Ray.

    `LimitExceeded` tells a trace whose documents are larger than `bytes_max` (0: none
    is); it is answered whole all the same.

    Raises InvalidRequestError for more than five ids, repeated or malformed ones and
    for a token, ValidationError and SerializationError for what the model forbids.
    """
    ids = trace_ids_of(request)
    found = read_documents(engine, ids)
    return {
        "Traces": [_trace(i, found[i], bytes_max) for i in ids if i in found],
        "UnprocessedTraceIds": [],
        "NextToken": None,
    }


def trace_ids_of(request: Json) -> list[bytes]:
    """Return the ids asked for, as X-Ray or as W3C writes them; raise as above."""
    texts = request.get("TraceIds")
    if texts is None:
        raise ValidationError(
            "1 validation error detected: Value null at 'traceIds' failed to satisfy"
            " constraint: Member must not be null"
        )
    if not isinstance(texts, list):
        raise SerializationError("TraceIds is no list of texts")
    if any(isinstance(text, int | float) for text in texts):
        raise SerializationError("NUMBER_VALUE can not be converted to a String")
    if not all(isinstance(text, str) for text in texts):
        raise SerializationError("an element of TraceIds is no text")
    if request.get("NextToken") is not None:
        raise InvalidRequestError("NextToken is currently not supported")
    if len(texts) > TRACES_PER_CALL_MAX:
        raise InvalidRequestError(
            f"Exceeding maximum query size: {TRACES_PER_CALL_MAX}"
        )
    ids = [_parse(text) for text in texts]
    if len(set(ids)) < len(ids):
        raise InvalidRequestError("Containing duplicate trace ids")
    return ids


def _parse(text: str) -> bytes:
    try:
        return parse_any_trace_id(text)
    except ValueError:
        raise InvalidRequestError(
            f"Invalid trace id {text}: incorrect id format"
        ) from None


def _trace(trace_id: bytes, documents: list[tuple[int, bytes]], bytes_max: int) -> Json:
    trace = assemble(trace_id, documents)
    size = sum(len(text) for _, text in documents)
    return {
        "Id": trace.id,
        "Duration": trace.duration,
        "LimitExceeded": 0 < bytes_max < size,
        "Segments": [
            {"Id": segment_id, "Document": document}
            for segment_id, document in render_segments(trace)
        ],
    }
