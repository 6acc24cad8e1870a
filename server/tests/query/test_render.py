"""Documents come back as X-Ray makes them."""

import json
import random
import struct

import pytest

from fluoro.query.assemble import assemble
from fluoro.query.render import java_double, render_segments
from fluoro.query.summary import summarize
from support.documents import (
    NOW,
    TRACE_ID,
    hex_id,
    independent,
    received,
    segment,
    subsegment,
    trace_of,
)


def texts_of(*documents):
    return [text for _, text in render_segments(trace_of(*documents))]


def read_back(*documents):
    return [json.loads(text) for text in texts_of(*documents)]


def members_of(**members):
    """What comes back of a segment's optional members."""
    (document,) = read_back(segment("a", **members))
    for name in ("id", "name", "start_time", "end_time", "trace_id"):
        del document[name]
    return document


def test_order_of_members():
    text, inferred = texts_of(
        segment(
            "a",
            parent_id="e",
            subsegments=[
                subsegment(
                    "b",
                    metadata={},
                    cause={"exceptions": []},
                    namespace="remote",
                    fault=True,
                )
            ],
            cause={"exceptions": []},
            metadata={},
            annotations={},
            origin="o",
            aws={},
            http={},
            throttle=False,
            error=True,
            fault=True,
        )
    )
    assert text == (
        f'{{"id":"{hex_id("a")}","name":"na","start_time":1.79E9,'
        f'"trace_id":"{TRACE_ID}","end_time":1.790000001E9,'
        f'"parent_id":"{hex_id("e")}","fault":true,"error":true,"throttle":false,'
        '"http":{},"aws":{},"origin":"o","annotations":{},"metadata":{},'
        '"cause":{"exceptions":[]},"subsegments":['
        f'{{"id":"{hex_id("b")}","name":"nb","start_time":1.79E9,'
        '"end_time":1.790000001E9,"fault":true,"namespace":"remote",'
        '"cause":{"exceptions":[]},"metadata":{}}]}'
    )
    assert list(json.loads(inferred)) == [
        *("id", "name", "start_time", "trace_id", "end_time", "parent_id"),
        *("inferred", "fault"),
    ]


def test_independent_subsegments_lose_what_their_place_says():
    (document,) = read_back(independent("c", "b"), segment("a"), independent("b", "a"))
    (b,) = document["subsegments"]
    (c,) = b["subsegments"]
    assert c == {
        "id": hex_id("c"),
        "name": "nc",
        "start_time": NOW,
        "end_time": NOW + 1,
    }


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1790149878.8832488, "1.7901498788832488E9"),
        (1790158405, "1.790158405E9"),
        (1790164769.125, "1.790164769125E9"),
        (-1.0, "-1.0"),
        (0.0, "0.0"),
        (1e7, "1.0E7"),
        (9999999.5, "9999999.5"),
        (0.001, "0.001"),
        (0.00012, "1.2E-4"),
        (-1e10, "-1.0E10"),
    ],
)
def test_times_in_java_s_notation(number, text):
    assert java_double(float(number)) == text


def test_times_lose_no_digit():
    numbers = random.Random(7)
    for _ in range(1_000):
        (number,) = struct.unpack("d", numbers.randbytes(8))
        if abs(number) < 1e11:
            assert float(java_double(number)) == number


def test_in_progress():
    (document,) = read_back(segment("a", end=None))
    assert document["in_progress"] is True
    assert "end_time" not in document
    assert members_of(in_progress=False) == {}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"Dummy": False, "id_2": 1, "inferred": True}, {}),
        ({"fault": False, "error": None, "throttle": "yes"}, {"fault": False}),
        ({"user": 5, "origin": [], "resource_arn": "arn"}, {"resource_arn": "arn"}),
        ({"subsegments": {}}, {}),
        ({"metadata": [1], "annotations": "x", "service": 1, "aws": "x"}, {}),
        (
            {"annotations": {"a.b-c": 1, "t": True, "s": "x", "l": [1], "n": None}},
            {"annotations": {"a.b-c": 1, "t": True, "s": "x"}},
        ),
        (
            {"metadata": {"flat": 1, "default": {"k": [1, None, {"x": 2.5}]}}},
            {"metadata": {"flat": 1, "default": {"k": [1, None, {"x": 2.5}]}}},
        ),
        (
            {"aws": {"xray": {"sdk": "s"}, "local.service": "s", "retries": 0}},
            {"aws": {"xray": {"sdk": "s"}, "local.service": "s", "retries": 0}},
        ),
        (
            {
                "http": {
                    "request": {"method": "GET", "traced": True, "url": 5, "x": 1},
                    "response": {"status": 200, "content_length": "12"},
                    "other": {},
                }
            },
            {
                "http": {
                    "request": {"method": "GET"},
                    "response": {"status": 200, "content_length": "12"},
                }
            },
        ),
        ({"cause": "c" * 16}, {"cause": "c" * 16}),
        ({"cause": 5}, {}),
        (
            {
                "cause": {
                    "working_directory": "/w",
                    "paths": ["p"],
                    "message": "m",
                    "exceptions": [
                        {"id": "c" * 16, "type": "T", "message": "M", "stack": []},
                        {
                            "id": "d" * 16,
                            "remote": True,
                            "truncated": 1,
                            "stack": [{"path": None, "line": 3, "label": "f", "x": 1}],
                        },
                        "e" * 16,
                    ],
                }
            },
            {
                "cause": {
                    "working_directory": "/w",
                    "paths": ["p"],
                    "exceptions": [
                        {"id": "c" * 16, "type": "T", "message": "M"},
                        {
                            "id": "d" * 16,
                            "remote": True,
                            "truncated": 1,
                            "stack": [{"line": 3, "label": "f"}],
                        },
                    ],
                }
            },
        ),
        (
            {"links": [{"trace_id": "t", "id": "i", "attributes": {"a": 1}, "x": 1}]},
            {"links": [{"trace_id": "t", "id": "i", "attributes": {"a": 1}}]},
        ),
        (
            {"sql": {"sanitized_query": "SELECT ?", "rows": 5}},
            {"sql": {"sanitized_query": "SELECT ?"}},
        ),
        (
            {"service": {"version": "1", "runtime": "CPython"}},
            {"service": {"version": "1", "runtime": "CPython"}},
        ),
    ],
)
def test_what_the_schema_keeps(sent, kept):
    assert members_of(**sent) == kept


def test_numbers_of_metadata_pass_through_as_sent():
    raw = b'{"big":123456789012345678901234567890,"exact":1.10,"e":1e3}'
    document = b'{"metadata":' + raw + b"," + received(segment("a"))[0][1][1:]
    trace = assemble(b"0" * 16, [(1, document)])
    ((_, text),) = render_segments(trace)
    assert raw.decode() in text


def test_names_are_cut():
    (document,) = read_back(segment("a", name="n" * 300))
    assert document["name"] == "n" * 200


def test_a_call_to_a_known_resource_names_it():
    call = subsegment(
        "b",
        name="SQS",
        namespace="aws",
        aws={"operation": "Send", "queue_url": "u", "resource_names": ["x", "y"]},
    )
    (document, inferred) = read_back(segment("a", subsegments=[call]))
    expected = {"operation": "Send", "queue_url": "u", "resource_names": ["u"]}
    assert document["subsegments"][0]["aws"] == expected
    assert inferred["aws"] == expected
    del call["aws"]["operation"]
    (document, inferred) = read_back(segment("a", subsegments=[call]))
    assert document["subsegments"][0]["aws"]["resource_names"] == ["x", "y"]


def test_the_version_that_counts_is_rendered():
    """A document in which an id occurs twice, and a child whose first version won."""
    documents = [
        segment(
            "a",
            end=None,
            metadata={"d": {"of": "in progress"}},
            subsegments=[
                subsegment("b", end=None, metadata={"d": {"of": "started"}}),
                subsegment("c", metadata={"d": {"of": "first c"}}),
                subsegment("b", metadata={"d": {"of": "b"}}),
            ],
        ),
        segment(
            "a",
            metadata={"d": {"of": "a"}},
            subsegments=[subsegment("c", metadata={"d": {"of": "second c"}})],
        ),
    ]
    (document,) = read_back(*documents)
    assert document["metadata"]["d"]["of"] == "a"
    assert [child["metadata"]["d"]["of"] for child in document["subsegments"]] == [
        "b",
        "first c",
    ]


@pytest.mark.parametrize("depth", [300, 900])
def test_deep_nesting_passes_through_or_is_left_out(depth):
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    document = received(segment("a", fault=True))[0][1][:-1]
    for member in (b"metadata", b"aws", b"cause", b"annotations", b"http"):
        text = document + b',"' + member + b'":' + deep + b"}"
        trace = assemble(b"0" * 16, [(1, text)])
        summarize(trace)
        for _, rendered in render_segments(trace):
            assert rendered.startswith("{")
