"""OpenTelemetry's form of traces, whoever sent them."""

import json

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.query.assemble import assemble
from fluoro.query.otel import otel_documents
from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.spans import span_of

TRACE = bytes.fromhex("5759e988bd862e3fe1be46a994272793")
TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"
START = 1_790_000_000_123_456_789


def otlp_span(span_id, kind=3, parent=b"", start=START, **attributes):
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "shop"
    span = group.scope_spans.add().spans.add(
        trace_id=TRACE,
        span_id=bytes([span_id] * 8),
        parent_span_id=parent,
        name="call",
        kind=kind,
        start_time_unix_nano=start,
        end_time_unix_nano=start + 1_000,
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


def trace_of(*texts):
    return assemble(TRACE, [(n, text) for n, text in enumerate(texts)])


def spans_of(trace):
    return [span_of(json.loads(text)) for _, text in otel_documents(trace)]


def test_a_mixed_trace_in_one_form():
    child = {"id": "03" * 8, "name": "work", "start_time": 1_790_000_000.2}
    document = xray_segment(1, subsegments=[child | {"end_time": 1_790_000_000.4}])
    spans = convert(otlp_span(2, parent=b"\x03" * 8)).documents
    answered = [json.loads(d) for _, d in otel_documents(trace_of(document, *spans))]
    assert [(s["spanId"][:2], s["kind"], s["durationNano"]) for s in answered] == [
        ("01", "SERVER", 1_500_000_000),
        ("02", "CLIENT", 1_000),
        ("03", "INTERNAL", 200_000_000),
    ]
    assert answered[1]["startTimeUnixNano"] == START
    assert answered[1]["parentSpanId"] == answered[2]["spanId"]
    assert {s["traceId"] for s in answered} == {TRACE.hex()}


def test_a_span_comes_back_as_it_was_sent():
    sent = otlp_span(2, app__order="7")
    (back,) = spans_of(trace_of(*convert(sent).documents))
    assert back == sent.resource_spans[0]


def test_a_split_span_is_answered_once():
    sent = otlp_span(2, aws__span__kind="LOCAL_ROOT", aws__local__service="shop")
    documents = convert(sent).documents
    assert len(documents) == 2
    (back,) = spans_of(trace_of(*documents))
    assert back == sent.resource_spans[0]


def test_the_version_that_counts_is_answered():
    span = otlp_span(1, kind=2)
    (document,) = convert(span).documents
    first = json.loads(next(otel_documents(trace_of(document, xray_segment(1))))[1])
    assert first["name"] == "call"
    other = json.loads(next(otel_documents(trace_of(xray_segment(1), document)))[1])
    assert other["name"] == "legacy"


def test_orphans_are_answered_too():
    """A trace whose root was never sent shows no segment, and still has its spans."""
    sent = otlp_span(2, parent=b"\x09" * 8)
    (back,) = spans_of(trace_of(*convert(sent).documents))
    assert back == sent.resource_spans[0]
