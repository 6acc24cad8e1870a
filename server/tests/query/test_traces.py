"""BatchGetTraces over the real store, and botocore's view of its answer."""

import json

import pytest

from fluoro.model.decode import decode_document
from fluoro.model.errors import (
    InvalidRequestError,
    SerializationError,
    ValidationError,
)
from fluoro.model.ids import parse_trace_id
from fluoro.query.traces import batch_get_traces
from support.botocore_check import parse_answer
from support.documents import TRACE_ID, independent, received, segment, subsegment

OTHER_ID = "1-00000000-" + "c" * 24
UNKNOWN_ID = "1-6ab00000-" + "d" * 24

NULL_IDS = (
    "1 validation error detected: Value null at 'traceIds' failed to satisfy"
    " constraint: Member must not be null"
)


def store(engine, *documents):
    values = []
    for stamp, text in received(*documents):
        entity, valid = decode_document(text)
        values += (parse_trace_id(entity.trace_id), stamp, valid)
    engine.insert("documents", ("trace_id", "received_us", "document"), values)


def get(engine, *ids):
    answer = batch_get_traces(engine, {"TraceIds": list(ids)})
    return parse_answer("BatchGetTraces", answer)


def test_traces_with_inferred_segments(engine):
    call = subsegment("b", namespace="remote")
    store(
        engine,
        independent("c", "b", 1, 3),
        segment("a", end=2, subsegments=[call]),
        segment("a") | {"trace_id": OTHER_ID},
    )
    answer = get(engine, OTHER_ID, UNKNOWN_ID, TRACE_ID)
    assert answer["UnprocessedTraceIds"] == []
    assert "NextToken" not in answer  # null, which botocore drops
    other, trace = answer["Traces"]
    assert other["Id"] == OTHER_ID
    assert trace["Id"] == TRACE_ID
    assert trace["Duration"] == 3
    assert trace["LimitExceeded"] is False
    root, inferred = [json.loads(s["Document"]) for s in trace["Segments"]]
    assert [s["Id"] for s in trace["Segments"]] == [root["id"], inferred["id"]]
    assert root["subsegments"][0]["subsegments"][0]["name"] == "nc"
    assert inferred["parent_id"] == call["id"]


def test_a_trace_of_orphans_is_known_and_empty(engine):
    store(engine, independent("c", "b"))
    (trace,) = get(engine, TRACE_ID)["Traces"]
    assert trace["Segments"] == []
    assert "Duration" not in trace


def test_ids_as_w3c_writes_them_and_in_upper_case(engine):
    store(engine, segment("a"))
    for text in (TRACE_ID[2:].replace("-", ""), TRACE_ID.upper()):
        assert get(engine, text)["Traces"][0]["Id"] == TRACE_ID


def test_no_ids_no_traces(engine):
    assert get(engine)["Traces"] == []


@pytest.mark.parametrize(
    ("request_", "error", "text"),
    [
        (
            {"TraceIds": [f"1-6ab00000-{i:024x}" for i in range(6)]},
            InvalidRequestError,
            "Exceeding maximum query size: 5",
        ),
        (
            {"TraceIds": [TRACE_ID, TRACE_ID]},
            InvalidRequestError,
            "Containing duplicate trace ids",
        ),
        (
            {"TraceIds": [TRACE_ID, "1-x"]},
            InvalidRequestError,
            "Invalid trace id 1-x: incorrect id format",
        ),
        (
            {"TraceIds": [TRACE_ID], "NextToken": "t"},
            InvalidRequestError,
            "NextToken is currently not supported",
        ),
        (
            {},
            ValidationError,
            NULL_IDS,
        ),
        ({"TraceIds": TRACE_ID}, SerializationError, "TraceIds is no list of texts"),
        (
            {"TraceIds": [5]},
            SerializationError,
            "NUMBER_VALUE can not be converted to a String",
        ),
    ],
)
def test_refusals(engine, request_, error, text):
    with pytest.raises(error) as raised:
        batch_get_traces(engine, request_)
    assert raised.value.message == text


@pytest.mark.parametrize(
    ("bytes_max", "exceeded"), [(0, False), (10, True), (10**6, False)]
)
def test_a_trace_past_the_limit_says_so_and_is_whole(engine, bytes_max, exceeded):
    store(engine, segment("a", end=2))
    answer = batch_get_traces(engine, {"TraceIds": [TRACE_ID]}, bytes_max)
    (trace,) = answer["Traces"]
    assert trace["LimitExceeded"] is exceeded
    assert len(trace["Segments"]) == 1
