"""Forwarding: to another Fluoro as OTLP and as X-Ray, and to targets that fail."""

import contextlib
import itertools
import json
import secrets
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.ingest.batch import Batch
from fluoro.ingest.spool import Spool
from fluoro.server.forward import Forwarder
from fluoro.server.targets import (
    OtlpTarget,
    TargetRefusedError,
    TryLaterError,
    export_of,
    make_target,
    pause,
)
from running import eventually


def document(**members):
    now = time.time()
    made = {
        "trace_id": f"1-{int(now):08x}-{secrets.token_hex(12)}",
        "id": secrets.token_hex(8),
        "name": "shop",
        "start_time": now,
        "end_time": now + 0.5,
    }
    return made | members


numbers = itertools.count(1)


def batch(*texts):
    """A batch as the spool hands it on, with its number."""
    return next(numbers), Batch("http", 1, texts=list(texts))


@pytest.fixture
def start():
    """Start forwarders on a spool in memory; stop them at the end."""
    with contextlib.ExitStack() as stack:
        spool = Spool(None, lambda batches: None, holders=2)
        stack.callback(spool.close)
        stack.callback(spool.stop)

        def run(forwarder):
            forwarder.start(spool)
            stack.callback(forwarder.stop)
            return forwarder

        yield run


def check(forwarder, **expected):
    """Wait until nothing waits; compare the counters and their identity."""
    eventually(lambda: forwarder.counts()["waiting", ""] == 0)
    counts = {k: v for k, v in forwarder.counts().items() if v}
    named = {reason or outcome: n for (outcome, reason), n in counts.items()}
    taken = named.pop("taken", 0)
    assert named == expected
    assert taken == sum(expected.values())


@pytest.mark.parametrize("how", ["otlp", "xray"])
def test_everything_taken_in_is_sent_on(start_server, tmp_path, monkeypatch, how):
    behind = start_server(data=tmp_path / "behind")
    if how == "xray":
        monkeypatch.setenv("AWS_ENDPOINT_URL_XRAY", behind.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
        option = "--forward=xray:eu-west-1"
    else:
        option = f"--forward={behind.url}"
    front = start_server(option, data=tmp_path / "front")
    sent = [document(), document(annotations={"order": 7})]
    assert front.put(sent) == []

    def forwarded():
        name = 'fluoro_forward_documents{outcome="forwarded",reason=""}'
        return front.metrics().get(name) == 2

    eventually(forwarded)
    behind.settle()
    ids = [d["trace_id"] for d in sent]
    _, _, body = behind.post("/Traces", {"TraceIds": ids})
    segments = [t["Segments"][0] for t in body["Traces"]]
    assert [s["Id"] for s in segments] == [d["id"] for d in sent]
    assert json.loads(segments[1]["Document"])["annotations"]["order"] == 7


def test_spans_of_one_resource_are_exported_together():
    first, second = document(), document()
    other, open_ = document(name="other"), document(end_time=None, in_progress=True)
    made = export_of([json.dumps(d) for d in (first, other, second, open_)])
    ids = [
        [span.span_id.hex() for span in group.scope_spans[0].spans]
        for group in made.resource_spans
    ]
    assert ids == [[first["id"], second["id"]], [other["id"]]]


@pytest.fixture
def endpoint():
    """An OTLP endpoint that answers what a test tells it to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.requests.append((self.path, dict(self.headers), body))
            status, headers, content = server.answers.pop(0)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": len(content)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.requests, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_endpoint_with_headers_and_a_path_of_its_own(endpoint):
    endpoint.answers = [(200, {}, b""), (200, {}, b"")]
    target = make_target(f"{endpoint.url}/otlp/v9?x=1", "api-key=s3cret,team = a")
    assert target.send([json.dumps(document())]) == 0
    path, headers, body = endpoint.requests[0]
    assert path == "/otlp/v9?x=1"
    assert headers["api-key"] == "s3cret"
    assert headers["team"] == "a"
    assert len(ExportTraceServiceRequest.FromString(body).resource_spans) == 1
    OtlpTarget(endpoint.url + "/", {}).send([json.dumps(document())])
    assert endpoint.requests[1][0] == "/v1/traces"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_endpoint_is_tried_again(endpoint, status, start):
    endpoint.answers = [(status, {"Retry-After": "0"}, b""), (200, {}, b"")]
    forwarder = start(Forwarder(OtlpTarget(endpoint.url, {})))
    forwarder.take([batch(json.dumps(document()))])
    check(forwarder, forwarded=1)
    assert endpoint.requests[0][2] == endpoint.requests[1][2]


def test_what_an_endpoint_refuses_is_counted(endpoint, start):
    partial = bytes([0x0A, 0x02, 0x08, 0x01])  # partial_success.rejected_spans = 1
    endpoint.answers = [(400, {}, b"no"), (200, {}, partial)]
    forwarder = start(Forwarder(OtlpTarget(endpoint.url, {})))
    forwarder.take([batch(json.dumps(document()))])
    check(forwarder, rejected=1)
    forwarder.take([batch(json.dumps(document()), json.dumps(document()))])
    check(forwarder, rejected=2, forwarded=1)


class Target:
    """A target that does what a test tells it to."""

    documents_max = 2

    def __init__(self, send):
        self.send = send


def test_a_target_that_stays_away_costs_what_waits_and_no_more(start):
    def away(_documents):
        raise TryLaterError("away")

    clock = iter(range(0, 100_000, 200))
    forwarder = start(Forwarder(Target(away), monotonic=lambda: next(clock)))
    forwarder.take([batch("1")])
    check(forwarder, unreachable=1)


def test_a_full_queue_drops_and_counts(monkeypatch, start):
    monkeypatch.setattr("fluoro.server.forward.FORWARD_DOCUMENTS_MAX", 3)
    forwarder = Forwarder(Target(lambda documents: 0))
    forwarder.take([batch("1", "2"), batch("3", "4", "5")])
    start(forwarder)
    check(forwarder, forwarded=3, queue_full=2)


def test_a_target_that_breaks_does_not_end_the_thread(start):
    answers = [RuntimeError("bug"), TargetRefusedError("no"), 0]

    def send(_documents):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    forwarder = start(Forwarder(Target(send)))
    forwarder.take([batch("1", "2")])
    forwarder.take([batch("3", "4")])
    forwarder.take([batch("5", "6")])
    check(forwarder, error=2, rejected=2, forwarded=2)


def test_stopping_sends_what_waits_first(start):
    sent = []
    forwarder = Forwarder(Target(lambda documents: sent.extend(documents) or 0))
    forwarder.take([batch(*"12345")])
    start(forwarder)
    forwarder.stop()
    assert sent == list("12345")


def left_in(path):
    """The documents of each batch that a spool's file holds."""
    spool = Spool(path, lambda batches: None)
    left = [batch.texts for _, batch in spool.recovered()]
    spool.stop()
    spool.close()
    return left


def spooled(path, forwarder, *batches):
    """Spool batches for the forwarder, which runs until all have ended or wait."""
    spool = Spool(path, forwarder.take, holders=2)
    forwarder.start(spool)
    for stamp, texts in enumerate(batches, 1):
        made = Batch("http", stamp)
        for text in texts:
            made.admit(text)
        spool.append(made, lambda error: None)
    spool.stop()
    return spool


def test_a_batch_is_kept_until_stored_and_sent(tmp_path):
    path = tmp_path / "spool.sqlite"
    texts = [json.dumps(document()) for _ in range(5)]
    forwarder = Forwarder(Target(lambda documents: 0))
    spool = spooled(path, forwarder, texts[:3], texts[3:])
    forwarder.stop()
    assert forwarder.counts()["forwarded", ""] == 5
    assert left_in(path) == [texts[:3], texts[3:]]
    spool.remove([1])
    spool.close()
    assert left_in(path) == [texts[3:]]


def test_what_a_stopped_forwarder_had_not_sent_is_sent_by_the_next(tmp_path):
    path = tmp_path / "spool.sqlite"
    texts = [json.dumps(document()) for _ in range(5)]
    tried = threading.Event()
    sent = []

    def send_two(documents):
        if sent:
            tried.set()
            raise TryLaterError("away")
        sent.extend(documents)
        return 0

    forwarder = Forwarder(Target(send_two))
    spool = spooled(path, forwarder, texts[:2], texts[2:])
    spool.remove([1, 2])  # the store has them
    assert tried.wait(20)
    forwarder.stop()
    spool.close()
    assert sent == texts[:2]

    forwarder = Forwarder(Target(lambda documents: sent.extend(documents) or 0))
    spool = spooled(path, forwarder)
    eventually(lambda: len(sent) == 5)
    forwarder.stop()
    spool.remove([2])
    spool.close()
    assert sent == texts
    assert left_in(path) == []


def test_what_waits_at_a_crash_is_sent_by_the_next_server(start_server, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    option = f"--forward=http://127.0.0.1:{port}"
    front = start_server(option, data=tmp_path / "front")
    sent = document()
    assert front.put([sent]) == []
    front.settle()
    front.kill()

    behind = start_server(data=tmp_path / "behind", port=port)
    start_server(option, data=tmp_path / "front")

    def arrived():
        _, _, body = behind.post("/Traces", {"TraceIds": [sent["trace_id"]]})
        return [s["Id"] for t in body["Traces"] for s in t["Segments"]] == [sent["id"]]

    eventually(arrived)


@pytest.mark.parametrize(
    ("where", "headers"),
    [("ftp://x", ""), ("nowhere", ""), ("http://x", "novalue"), ("http://x", "=v")],
)
def test_nonsense_is_refused_at_the_start(where, headers):
    with pytest.raises(ValueError):
        make_target(where, headers)


def test_pauses_grow_and_honour_what_is_asked():
    assert pause(0, 0, 30) <= 0.5
    assert 15 <= pause(1_000, 0, 30) <= 30
    assert pause(0, 3, 30) == 3
    assert pause(0, 1e9, 30) == 30
