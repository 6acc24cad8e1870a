"""OpenTelemetry's form of documents, whoever sent them."""

import json

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.query.assemble import assemble
from fluoro.query.otel import otel_documents
from fluoro.query.render import render_segments
from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.spans import span_of

TRACE = bytes.fromhex("5759e988bd862e3fe1be46a994272793")
TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"
START = 1_790_000_000_123_456_789


def otlp_span(span_id, kind=3, parent=b"", **attributes):
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "shop"
    span = group.scope_spans.add().spans.add(
        trace_id=TRACE,
        span_id=bytes([span_id] * 8),
        parent_span_id=parent,
        name="call",
        kind=kind,
        start_time_unix_nano=START,
        end_time_unix_nano=START + 1_000,
    )
    for key, value in attributes.items():
        span.attributes.add(key=key.replace("__", ".")).value.string_value = value
    return request


def xray_segment(span_id, **members):
    return json.dumps(
        {
            "trace_id": TRACE_ID,
            "id": f"{span_id:02x}" * 8,
            "name": "legacy",
            "start_time": 1_790_000_000.0,
            "end_time": 1_790_000_001.5,
            **members,
        }
    ).encode()


def answered(*texts):
    """The spans of a trace made of documents, as trace retrieval answers them."""
    trace = assemble(TRACE, list(enumerate(texts)))
    spans = [
        span
        for _, document in render_segments(trace)
        for span in otel_documents(document)
    ]
    assert [span_id for span_id, _ in spans] == [
        json.loads(text)["spanId"] for _, text in spans
    ]
    return [orjson.loads(text) for _, text in spans]


def test_a_mixed_trace_in_one_form():
    child = {"id": "03" * 8, "name": "work", "start_time": 1_790_000_000.2}
    document = xray_segment(1, subsegments=[child | {"end_time": 1_790_000_000.4}])
    call = convert(otlp_span(2, parent=b"\x03" * 8)).documents
    spans = answered(document, *call)
    assert [(s["spanId"][:2], s["kind"], s["durationNano"]) for s in spans] == [
        ("01", "SERVER", 1_500_000_000),
        ("03", "INTERNAL", 200_000_000),
        ("02", "CLIENT", 1_000),
    ]
    assert spans[2]["startTimeUnixNano"] == START
    assert spans[2]["parentSpanId"] == spans[1]["spanId"]
    assert {s["traceId"] for s in spans} == {TRACE.hex()}


def test_a_span_comes_back_as_it_was_sent():
    sent = otlp_span(2, app__order="7")
    (back,) = answered(*convert(sent).documents)
    assert span_of(back) == sent.resource_spans[0]


def test_a_split_span_is_answered_once():
    sent = otlp_span(2, aws__span__kind="LOCAL_ROOT", aws__local__service="shop")
    documents = convert(sent).documents
    assert len(documents) == 2
    (back,) = answered(*documents)
    assert span_of(back) == sent.resource_spans[0]


def test_the_version_that_counts_is_answered():
    (document,) = convert(otlp_span(1, kind=2)).documents
    assert [s["name"] for s in answered(document, xray_segment(1))] == ["call"]
    assert [s["name"] for s in answered(xray_segment(1), document)] == ["legacy"]


def test_what_is_no_json_has_no_spans():
    assert otel_documents("[" * 3_000) == []
