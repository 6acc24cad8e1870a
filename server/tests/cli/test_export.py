"""`fluoro export`: what came in by OTLP comes out as it was."""

import json
import os
import secrets
import time

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.wire.otlp.json_codec import read_request


def send_spans(server):
    """Send a segment and a call below it; return the request and the trace's id."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "shop"
    scoped = group.scope_spans.add()
    trace_id, now = os.urandom(16), time.time_ns()
    parent = b""
    for kind in (2, 3):
        span = scoped.spans.add(
            trace_id=trace_id,
            span_id=os.urandom(8),
            parent_span_id=parent,
            name="GET /",
            kind=kind,
            start_time_unix_nano=now,
            end_time_unix_nano=now + 1_234_567,
        )
        span.attributes.add(key="ratio").value.double_value = 1.0
        parent = span.span_id
    headers = {"Content-Type": "application/x-protobuf"}
    body = request.SerializeToString()
    answer = httpx.post(f"{server.url}/v1/traces", content=body, headers=headers)
    assert answer.status_code == 200
    server.settle()
    return request, trace_id.hex()


def spans_of(line):
    request = read_request(json.loads(line))
    return {
        scoped.spans[0].span_id: scoped.spans[0]
        for group in request.resource_spans
        for scoped in group.scope_spans
    }


def test_spans_come_out_as_they_were_sent(server, fluoro):
    request, trace_id = send_spans(server)
    result = fluoro("export", trace_id, "--server", server.url)
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    sent = {
        span.span_id: span for span in request.resource_spans[0].scope_spans[0].spans
    }
    assert spans_of(line) == sent


def test_segments_of_x_rays_clients_become_spans(server, fluoro):
    now = time.time()
    trace_id = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    segment = {"trace_id": trace_id, "id": secrets.token_hex(8), "name": "legacy"}
    server.put([segment | {"start_time": now, "end_time": now + 1}])
    server.settle()
    result = fluoro("export", trace_id, "--server", server.url)
    (span,) = spans_of(result.stdout).values()
    assert span.name == "legacy"
    assert span.span_id.hex() == segment["id"]


def test_an_unknown_trace_is_told(server, fluoro):
    trace_id = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    result = fluoro("export", trace_id, "--server", server.url)
    assert result.exit_code == 3
    assert "0 of 1 traces exported" in result.stderr
