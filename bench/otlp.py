"""Spans a second over OTLP/HTTP protobuf, acknowledged and synced.

Realistic spans (a server span, a SQL call, local work, an HTTP call; about ten
attributes where there are most) in batches of 512, an OpenTelemetry SDK's, and of
4,000, a collector's. The client runs on the same two cores and patches new ids into a
prepared body. `CPU us` is the server's processor time a span, until it is in the
store. The last rows take the way apart: parse, convert, admit.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time

from bench.server import fluoro, wait_moved

BATCHES = (512, 4_000)
CONNECTIONS = (1, 4)
SECONDS = 6
_HEAD = (
    "POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: application/x-protobuf\r\nContent-Length: {}\r\n\r\n"
)
_RESOURCE = {
    "service.name": "checkout",
    "service.version": "1.2.0",
    "host.name": "node-1",
    "process.pid": 4711,
    "deployment.environment": "prod",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.version": "1.45.0",
}
_SERVER = {
    "http.request.method": "GET",
    "url.path": "/orders",
    "url.scheme": "http",
    "server.address": "shop.test",
    "server.port": 8080,
    "http.route": "/orders",
    "http.response.status_code": 200,
    "user_agent.original": "curl/8.5",
    "client.address": "10.0.0.1",
    "network.protocol.version": "1.1",
}
_SQL = {
    "db.system": "postgresql",
    "db.name": "orders",
    "db.statement": "SELECT * FROM orders WHERE id = ?",
    "db.user": "app",
    "net.peer.name": "db1.test",
    "net.peer.port": 5432,
}
_LOCAL = {"app.order": "o-1234", "app.items": 3, "app.vip": True}
_CALL = {
    "http.request.method": "POST",
    "url.full": "http://pay.test/v1/charge",
    "server.address": "pay.test",
    "server.port": 80,
    "http.response.status_code": 201,
}
_SPANS = ((2, "GET /orders", _SERVER), (3, "SELECT", _SQL), (1, "price", _LOCAL))
_SPANS += ((3, "POST", _CALL),)


def make_body(spans):
    """Return an export request whose ids are runs of one byte, to be patched."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceRequest,
    )

    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    _put(group.resource, _RESOURCE)
    scoped = group.scope_spans.add()
    scoped.scope.name, scoped.scope.version = "opentelemetry.instrumentation", "0.66"
    now = time.time_ns()
    for number in range(spans):
        kind, name, attributes = _SPANS[number % 4]
        span = scoped.spans.add(trace_id=b"\xaa" * 16, span_id=b"\xbb" * 8)
        if number % 4:
            span.parent_span_id = b"\xcc" * 8
        span.name, span.kind, span.flags = name, kind, 257
        span.start_time_unix_nano, span.end_time_unix_nano = now, now + 20_123_456
        span.status.code = 0
        _put(span, attributes)
    return request.SerializeToString()


def _put(target, attributes):
    names = {bool: "bool_value", int: "int_value", str: "string_value"}
    for key, value in attributes.items():
        setattr(target.attributes.add(key=key).value, names[type(value)], value)


class Body:
    """A body that gets new ids each time it is sent."""

    def __init__(self, spans):
        self._bytes = bytearray(make_body(spans))
        self._places = {
            size: list(self._find(mark * size))
            for mark, size in ((b"\xaa", 16), (b"\xbb", 8), (b"\xcc", 8))
            if mark != b"\xcc"
        }
        self._parents = list(self._find(b"\xcc" * 8))

    def _find(self, pattern):
        place = self._bytes.find(pattern)
        while place >= 0:
            yield place
            place = self._bytes.find(pattern, place + len(pattern))

    def fill(self):
        """Return the bytes of a new request; four spans share a trace."""
        body, traces, spans = self._bytes, self._places[16], self._places[8]
        parents = iter(self._parents)
        for first in range(0, len(traces), 4):
            trace_id, ids = os.urandom(16), os.urandom(32)
            for number, place in enumerate(traces[first : first + 4]):
                body[place : place + 16] = trace_id
                own = spans[first + number]
                body[own : own + 8] = ids[8 * number : 8 * number + 8]
                if number:
                    parent = next(parents)
                    body[parent : parent + 8] = ids[:8]
        return bytes(body)


def _send(port, spans, until, result):
    body = Body(spans)
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = connection.makefile("rb")
    while time.monotonic() < until:
        payload = body.fill()
        connection.sendall(_HEAD.format(len(payload)).encode() + payload)
        status = int(answers.readline().split()[1])
        length = 0
        while (line := answers.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        told = answers.read(length)
        if status == 200 and not told:
            result["spans"] += spans
        else:
            result["refused"] += spans
            time.sleep(0.05)


def client():
    """Send from a process of its own: PORT SPANS CONNECTIONS SECONDS; print JSON."""
    port, spans, connections, seconds = (int(a) for a in sys.argv[2:6])
    results = [{"spans": 0, "refused": 0} for _ in range(connections)]
    began = time.monotonic()
    threads = [
        threading.Thread(target=_send, args=(port, spans, began + seconds, result))
        for result in results
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    made = {key: sum(r[key] for r in results) for key in ("spans", "refused")}
    print(json.dumps({**made, "seconds": took}))


def send(port, spans, connections, seconds=SECONDS):
    """Run the client and return (spans a second, spans refused)."""
    arguments = [str(a) for a in (port, spans, connections, seconds)]
    command = [sys.executable, "-m", "bench.otlp", "client", *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    result = json.loads(run.stdout)
    return result["spans"] / result["seconds"], result["refused"]


def cpu_seconds(pid):
    """Return the processor time a process has used, the store's work included."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def parts(spans=4_000, runs=5):
    """Yield (step, microseconds a span) of what the server does with a body."""
    from fluoro.ingest.batch import Batch
    from fluoro.wire.otlp.convert import convert
    from fluoro.wire.otlp.request import decode_export

    raw = Body(spans).fill()
    request = decode_export(raw, json=False)
    texts = convert(request).documents

    def admit():
        batch = Batch("otlp", time.time_ns() // 1000)
        for text in texts:
            batch.admit(text)
        batch.pack()

    steps = {
        "parse": lambda: decode_export(raw, json=False),
        "convert": lambda: convert(request),
        "admit": admit,
    }
    for name, step in steps.items():
        best = min(_timed(step) for _ in range(runs))
        yield name, best / spans * 1e6
    yield "bytes a document", sum(map(len, texts)) / len(texts)


def _timed(step):
    began = time.thread_time()
    step()
    return time.thread_time() - began


def main():
    head = "| spans a request | connections | spans/s acknowledged | refused | CPU us |"
    print(f"{head}\n|---|---|---|---|---|")
    for spans in BATCHES:
        for connections in CONNECTIONS:
            with fluoro() as (port, process, _):
                send(port, spans, connections, 1)
                wait_moved(port)
                before = cpu_seconds(process.pid)
                rate, refused = send(port, spans, connections)
                wait_moved(port)
                used = (cpu_seconds(process.pid) - before) / (rate * SECONDS)
            row = f"| {spans} | {connections} | {rate:,.0f} | {refused:,} |"
            print(f"{row} {used * 1e6:.1f} |", flush=True)
    print("\n| step | us a span |\n|---|---|")
    for name, value in parts():
        print(f"| {name} | {value:.1f} |")


if __name__ == "__main__":
    client() if sys.argv[1:2] == ["client"] else main()
