"""OTLP JSON in its spellings, and errors that name the member."""

import orjson
import pytest

from fluoro.wire.otlp.json_codec import write_json
from fluoro.wire.otlp.request import (
    InvalidExportError,
    TooManySpansError,
    decode_export,
)

SPAN = {
    "traceId": "5B8EFFF798038103D269B633813FC60C",
    "spanId": "eee19b7ec3c1b174",
    "parentSpanId": "",
    "name": "n",
    "kind": 2,
    "startTimeUnixNano": "1544712660000000000",
    "endTimeUnixNano": 1544712661000000000,
    "attributes": [
        {"key": "i", "value": {"intValue": "7"}},
        {"key": "d", "value": {"doubleValue": 1}},
        {"key": "n", "value": {"doubleValue": "NaN"}},
        {"key": "b", "value": {"bytesValue": "_-8"}},
        {"key": "a", "value": {"arrayValue": {"values": [{"boolValue": True}]}}},
    ],
    "status": {},
    "unknownMember": {"x": 1},
    "traceState": None,
}


def request(span):
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def decode(span):
    body = orjson.dumps(request(span))
    made = decode_export(body, json=True)
    return made.resource_spans[0].scope_spans[0].spans[0]


def test_the_spellings_of_otlp_json():
    span = decode(SPAN)
    assert span.trace_id.hex() == "5b8efff798038103d269b633813fc60c"
    assert span.start_time_unix_nano == 1544712660000000000
    assert span.end_time_unix_nano == 1544712661000000000
    assert span.attributes[0].value.int_value == 7
    assert span.attributes[1].value.double_value == 1.0
    assert span.attributes[3].value.bytes_value == b"\xff\xef"
    assert span.attributes[4].value.array_value.values[0].bool_value is True
    assert span.HasField("status")


@pytest.mark.parametrize("kind", [3, "3", "SPAN_KIND_CLIENT"])
def test_enumerations_by_number_or_name(kind):
    if kind == "3":
        with pytest.raises(InvalidExportError, match="kind is '3'"):
            decode(SPAN | {"kind": kind})
    else:
        assert decode(SPAN | {"kind": kind}).kind == 3


def test_protobufs_own_names_are_taken():
    span = decode({"trace_id": SPAN["traceId"], "start_time_unix_nano": 5})
    assert len(span.trace_id) == 16
    assert span.start_time_unix_nano == 5


@pytest.mark.parametrize(
    ("member", "value", "text"),
    [
        ("traceId", "xyz", "traceId is 'xyz'"),
        ("name", 7, r"resourceSpans\[0\].scopeSpans\[0\].spans\[0\].name is 7"),
        ("startTimeUnixNano", -1, "startTimeUnixNano is -1, out of range"),
        ("startTimeUnixNano", 1.5, "startTimeUnixNano is 1.5"),
        ("startTimeUnixNano", True, "startTimeUnixNano is True"),
        ("flags", 2**40, "flags is 1099511627776, out of range"),
        ("attributes", {}, "attributes is not a list"),
        ("attributes", [7], r"attributes\[0\] is not an object"),
        ("attributes", [{"value": {"bytesValue": "%"}}], "bytesValue is '%'"),
        ("attributes", [{"value": {"doubleValue": True}}], "doubleValue is True"),
    ],
)
def test_errors_name_the_member(member, value, text):
    with pytest.raises(InvalidExportError, match=text):
        decode(SPAN | {member: value})


def test_values_that_nest_too_deeply_are_refused():
    value = {"stringValue": "x"}
    for _ in range(70):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(InvalidExportError, match="nests too deeply"):
        decode(SPAN | {"attributes": [{"key": "k", "value": value}]})


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b'{"resourceSpans": [{"resource": 1e999}]}']
)
def test_what_is_no_request_is_refused(body):
    with pytest.raises(InvalidExportError, match="not OTLP JSON"):
        decode_export(body, json=True)


def test_broken_protobuf_is_refused():
    with pytest.raises(InvalidExportError, match="not a protobuf"):
        decode_export(b"\xff\xff", json=False)


def test_the_number_of_spans_is_bounded():
    spans = {"resourceSpans": [{"scopeSpans": [{"spans": [{}] * 10_001}]}]}
    with pytest.raises(TooManySpansError, match="10,001 spans"):
        decode_export(orjson.dumps(spans), json=True)


def test_answers_use_the_same_spellings():
    made = decode_export(orjson.dumps(request(SPAN)), json=True)
    span = write_json(made)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert span["traceId"] == SPAN["traceId"].lower()
    assert span["startTimeUnixNano"] == "1544712660000000000"
    assert span["kind"] == 2
    assert span["attributes"][0]["value"] == {"intValue": "7"}
