"""OTLP over HTTP and gRPC: encodings, limits, partial success, ports, settings."""

import gzip
import json
import os
import re
import socket
import time
from base64 import b64encode

import grpc
import httpx
import pytest
from backports import zstd
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceStub,
)
from starlette.applications import Starlette

from fluoro.ingest.intake import Intake
from fluoro.ingest.ledger import Ledger
from fluoro.ingest.mover import Mover
from fluoro.ingest.spool import Spool
from fluoro.model.limits import OTLP_REQUEST_BYTES_MAX
from fluoro.server.otlp import otlp_routes
from fluoro.server.otlp_grpc import GrpcServer
from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.json_codec import write_json
from running import eventually, run_coroutine

PROTOBUF, JSON = "application/x-protobuf", "application/json"


def make_request(*span_ids, **fields):
    """An export request with new trace ids."""
    made = ExportTraceServiceRequest()
    group = made.resource_spans.add()
    group.resource.attributes.add(key="service.name").value.string_value = "shop"
    scoped = group.scope_spans.add()
    now = time.time_ns()
    for span_id in span_ids or (os.urandom(8),):
        scoped.spans.add(
            **{
                "trace_id": os.urandom(16),
                "span_id": span_id,
                "name": "GET /",
                "kind": 2,
                "start_time_unix_nano": now,
                "end_time_unix_nano": now + 1_000_000,
                **fields,
            }
        )
    return made


def trace_ids(request):
    spans = request.resource_spans[0].scope_spans[0].spans
    digits = [span.trace_id.hex() for span in spans]
    return [f"1-{d[:8]}-{d[8:]}" for d in digits]


def post(server, content, kind=PROTOBUF, **headers):
    headers = {"Content-Type": kind, **headers}
    return httpx.post(f"{server.url}/v1/traces", content=content, headers=headers)


def stored(server, request):
    """The names of the segments of a request's traces, once they can be read."""
    server.settle()
    ids = trace_ids(request)[:5]
    _, _, body = server.post("/Traces", {"TraceIds": ids})
    documents = [
        json.loads(s["Document"]) for t in body["Traces"] for s in t["Segments"]
    ]
    return [document["name"] for document in documents]


@pytest.mark.parametrize("kind", [PROTOBUF, "application/protobuf; x=y", JSON])
@pytest.mark.parametrize("encoding", ["", "gzip", "zstd"])
def test_each_encoding_is_taken_and_answered_alike(server, kind, encoding):
    request = make_request()
    plain = request.SerializeToString()
    if kind == JSON:
        plain = json.dumps(write_json(request)).encode()
    packed = {"": bytes, "gzip": gzip.compress, "zstd": zstd.compress}[encoding](plain)
    answer = post(server, packed, kind, **({"Content-Encoding": encoding}))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == (JSON if kind == JSON else PROTOBUF)
    assert answer.content == (b"{}" if kind == JSON else b"")
    assert stored(server, request) == ["shop"]


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_bad_spans_are_told_and_the_others_land(server, kind):
    request = make_request(b"short", os.urandom(8), b"")
    body = request.SerializeToString()
    if kind == JSON:
        body = json.dumps(write_json(request)).encode()
    answer = post(server, body, kind)
    assert answer.status_code == 200
    if kind == JSON:
        partial = answer.json()["partialSuccess"]
        rejected, message = int(partial["rejectedSpans"]), partial["errorMessage"]
    else:
        partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
        rejected, message = partial.rejected_spans, partial.error_message
    assert rejected == 2
    assert "span_id" in message
    assert stored(server, request) == ["shop"]


@pytest.mark.parametrize(
    ("content", "headers", "status", "text"),
    [
        (b"\xff\xff", {}, 400, b"not a protobuf"),
        (b"x", {"Content-Encoding": "gzip"}, 400, b"not gzip"),
        (b"x", {"Content-Encoding": "br"}, 415, b"gzip, zstd"),
        (b"x", {"Content-Type": "text/plain"}, 415, b"application/x-protobuf"),
        (bytes(OTLP_REQUEST_BYTES_MAX + 1), {}, 413, b"larger than"),
        (
            gzip.compress(bytes(50_000_000)),
            {"Content-Encoding": "gzip"},
            413,
            b"larger than",
        ),
        (
            zstd.compress(bytes(50_000_000)),
            {"Content-Encoding": "zstd"},
            413,
            b"larger than",
        ),
    ],
)
def test_what_is_refused_whole(server, content, headers, status, text):
    answer = post(server, content, **headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROTOBUF
    assert text in answer.content


def test_errors_to_json_are_json(server):
    answer = post(server, b'{"resourceSpans": 7}', JSON)
    assert answer.status_code == 400
    assert answer.json() == {
        "code": 3,
        "message": "the body is not OTLP JSON: resourceSpans is not a list",
    }


def test_too_many_spans_are_refused(server):
    request = make_request(*[b"12345678"] * 10_001)
    answer = post(server, request.SerializeToString())
    assert answer.status_code == 413
    assert b"10,001 spans" in answer.content


def test_the_limits_are_settings(start_server):
    server = start_server(
        *("--otlp-request-bytes-max=5000", "--otlp-spans-max=2"),
        *("--otlp-span-bytes-max=1000", "--otlp-grpc-port=0"),
    )
    two, three = make_request(b"1" * 8, b"2" * 8), make_request(*[b"12345678"] * 3)
    two.resource_spans[0].scope_spans[0].spans[0].name = "x" * 1001
    answer = post(server, two.SerializeToString())
    assert answer.status_code == 200
    assert b"the limit is 1,000" in answer.content
    assert stored(server, two) == ["shop"]

    large = make_request(name="x" * 5000)
    for refused, text in ((three, b"the limit is 2"), (large, b"than 5,000 bytes")):
        answer = post(server, refused.SerializeToString())
        assert answer.status_code == 413
        assert text in answer.content

    target = f"127.0.0.1:{ports(server)['otlp_grpc_listening']}"
    with grpc.insecure_channel(target) as channel:
        for request in (three, large):
            with pytest.raises(grpc.RpcError) as error:
                TraceServiceStub(channel).Export(request, timeout=20)
            assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_an_empty_request_is_fine(server):
    assert post(server, b"").status_code == 200
    assert post(server, b"", JSON).status_code == 200


def ports(server):
    """The OTLP ports that a server logged."""
    found = re.findall(r'"port": (\d+), "event": "(\w+)"', server.log.read_text())
    return {event: int(port) for port, event in found}


def test_ports_of_their_own(start_server):
    server = start_server("--otlp-port=0", "--otlp-grpc-port=0")
    found = ports(server)
    request = make_request()
    url = f"http://127.0.0.1:{found['otlp_listening']}/v1/traces"
    headers = {"Content-Type": PROTOBUF}
    answer = httpx.post(url, content=request.SerializeToString(), headers=headers)
    assert answer.status_code == 200

    by_grpc = make_request(b"short", os.urandom(8))
    target = f"127.0.0.1:{found['otlp_grpc_listening']}"
    with grpc.insecure_channel(target, compression=grpc.Compression.Gzip) as channel:
        export = TraceServiceStub(channel).Export
        assert export(by_grpc, timeout=20).partial_success.rejected_spans == 1
        with pytest.raises(grpc.RpcError) as refused:
            export(make_request(*[b"12345678"] * 10_001), timeout=20)
        assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert stored(server, request) == ["shop"]
    assert stored(server, by_grpc) == ["shop"]
    metrics = server.metrics()
    assert metrics['fluoro_documents_stored_total{transport="otlp"}'] == 1
    assert metrics['fluoro_documents_stored_total{transport="otlp_grpc"}'] == 1


@pytest.fixture
def full_intake(engine, monkeypatch):
    """An intake that has no room for anything more."""
    monkeypatch.setattr("fluoro.ingest.intake.SPOOL_DOCUMENTS_MAX", 0)
    ledger = Ledger()
    mover = Mover(engine, ledger)
    spool = Spool(None, mover.take)
    mover.start(spool)
    yield Intake(spool, mover, ledger)
    spool.stop()
    mover.stop()
    spool.close()


def test_overload_over_http_is_503_with_a_time_to_come_back(full_intake):
    app = Starlette(routes=otlp_routes(full_intake))
    body = make_request().SerializeToString()

    async def send():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport) as client:
            headers = {"Content-Type": PROTOBUF}
            return await client.post(
                "http://x/v1/traces", content=body, headers=headers
            )

    answer = run_coroutine(send())
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["retry-after"]) <= 3


def test_overload_over_grpc_is_unavailable(full_intake):
    server = GrpcServer("127.0.0.1", 0, full_intake)
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        with pytest.raises(grpc.RpcError) as refused:
            TraceServiceStub(channel).Export(make_request(), timeout=20)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
    server.stop(0)


@pytest.mark.parametrize("prefix", ["T1", "T1S"])
def test_payloads_in_x_rays_own_channels(server, prefix):
    by_call, by_udp = make_request(), make_request()
    both = [
        prefix + b64encode(r.SerializeToString()).decode() for r in (by_call, by_udp)
    ]
    unprocessed = server.put([both[0], "T1U" + both[0][2:], "T1%", "{"])
    assert [entry["ErrorCode"] for entry in unprocessed] == [
        "UnsampledSpans",
        "ParseError",
        "ParseError",
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        header = b'{"format":"json","version":1}\n'
        sender.sendto(header + both[1].encode(), ("127.0.0.1", server.port))
    assert stored(server, by_call) == ["shop"]
    assert eventually(lambda: stored(server, by_udp)) == ["shop"]


def test_a_trace_can_be_asked_for_by_w3cs_id(server):
    request = make_request()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    assert post(server, request.SerializeToString()).status_code == 200
    server.settle()
    ids = {"TraceIds": [span.trace_id.hex()]}

    _, _, body = server.post("/Traces", ids)
    (segment,) = body["Traces"][0]["Segments"]
    assert json.loads(segment["Document"])["name"] == "shop"
    _, _, body = server.post("/TraceGraph", ids)
    assert "shop" in [service["Name"] for service in body["Services"]]

    now = time.time()
    window = {"StartTime": now - 60, "EndTime": now + 60}
    _, _, body = server.post("/StartTraceRetrieval", {**ids, **window})
    token = {"RetrievalToken": body["RetrievalToken"]}
    _, _, body = server.post("/ListRetrievedTraces", {**token, "TraceFormat": "OTEL"})
    (retrieved,) = body["Traces"][0]["Spans"]
    assert retrieved["Id"] == span.span_id.hex()
    assert json.loads(retrieved["Document"])["name"] == "GET /"
    _, _, body = server.post("/GetRetrievedTracesGraph", token)
    names = [service["Service"]["Name"] for service in body["Services"]]
    assert "shop" in names


@pytest.mark.parametrize("otlp_first", [False, True])
def test_a_span_that_comes_both_ways_is_one(server, otlp_first):
    request = make_request()
    (document,) = convert(request).documents
    changed = json.loads(document) | {"name": "shop"}
    for way in (otlp_first, not otlp_first):
        if way:
            assert post(server, request.SerializeToString()).status_code == 200
        else:
            assert server.put([changed]) == []
    assert stored(server, request) == ["shop"]


@pytest.mark.parametrize(
    ("choice", "annotations"),
    [
        ("all", {"app.order": "7", "app.vip": True}),
        ("app.vip", {"app.vip": True}),
        ("", None),
    ],
)
def test_what_is_indexed_is_a_setting(start_server, choice, annotations):
    server = start_server(f"--index-attributes={choice}")
    request = make_request()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.attributes.add(key="app.order").value.string_value = "7"
    span.attributes.add(key="app.vip").value.bool_value = True
    assert post(server, request.SerializeToString()).status_code == 200
    server.settle()
    _, _, body = server.post("/Traces", {"TraceIds": trace_ids(request)})
    document = json.loads(body["Traces"][0]["Segments"][0]["Document"])
    assert document.get("annotations") == annotations
