"""A minute of documents with all of it readable within a second, empty and full.

The second minute starts on the store that the fill has brought to a million documents.
A reader asks for a trace that was just acknowledged, over and over, and notes how long
it takes until it is there.
"""

import statistics
import threading
import time

from bench.ingest import send
from bench.load import Load
from bench.server import call, fluoro, memory_mb, metrics, wait_moved

SECONDS = 60
CONNECTIONS = 4
FULL = 1_000_000


class Reader(threading.Thread):
    """Puts a call of its own four times a second and waits until it is readable."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.delays, self.stopping = port, [], False

    def run(self):
        load = Load(seed=99, worker="reader")
        while not self.stopping:
            payload, trace_ids = load.call()
            put(self.port, payload)
            began = time.monotonic()
            while not call(self.port, "/Traces", {"TraceIds": trace_ids[-1:]})[
                "Traces"
            ]:
                time.sleep(0.005)
            self.delays.append(time.monotonic() - began)
            time.sleep(0.25)


def put(port, payload):
    """Send a PutTraceSegments body."""
    from bench.client import Connection

    status, _ = Connection(port).put(payload)
    assert status == 200


def fill(port, documents):
    """Bring the store to `documents` documents."""
    while (
        stored := metrics(port)['fluoro_documents_stored_total{transport="http"}']
    ) < (documents):
        send(port, 4, max(1, min(20, int((documents - stored) / 30_000))), int(stored))
        wait_moved(port)


def minute(port, seconds, seed):
    """Send for a minute beside a reader; return (rate, p99 delay, drain, median)."""
    reader = Reader(port)
    reader.start()
    result = send(port, CONNECTIONS, seconds, seed)
    began = time.monotonic()
    wait_moved(port)
    drain = time.monotonic() - began
    reader.stopping = True
    reader.join()
    delays = sorted(reader.delays)
    p99 = delays[int(len(delays) * 0.99)]
    rate = result["documents"] / (result["seconds"] + drain)
    return rate, p99, drain, statistics.median(delays), result["refused"]


def main():
    print(
        "| stored before | documents/s | readable p50 s | p99 s | drained in s | MB |"
    )
    print("|---|---|---|---|---|---|")
    with fluoro() as (port, process, _):
        send(port, 1, 1, 7)
        for target in (0, FULL):
            if target:
                fill(port, target)
            before = metrics(port)['fluoro_documents_stored_total{transport="http"}']
            rate, p99, drain, median, _ = minute(port, SECONDS, target + 1)
            print(
                f"| {before:,.0f} | {rate:,.0f} | {median:.3f} | {p99:.3f} |"
                f" {drain:.2f} | {memory_mb(process):,.0f} |",
                flush=True,
            )
