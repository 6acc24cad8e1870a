"""A process of its own that sends documents over some connections and prints counts.

    python -m bench.client PORT CONNECTIONS SECONDS SEED [moto] [rate=DOCUMENTS]

Each connection is a thread with a keep-alive socket that sends 50 documents a call and
waits for the answer; a rate, of documents a second on each, makes it pause. Prints
JSON: documents acknowledged, seconds, latencies.
"""

import json
import socket
import sys
import threading
import time

from bench.load import DOCUMENTS_PER_CALL, Load

_HEAD = (
    "POST /TraceSegments HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: {}\r\n{}\r\n"
)
# moto tells services apart by the credential's scope; it checks no signature.
MOTO_HEADER = (
    "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/xray/aws4_request,"
    " SignedHeaders=host, Signature=0\r\n"
)


class Connection:
    """A connection that reads one answer a request; opened again when closed."""

    def __init__(self, port, header=""):
        self._port, self._header = port, header
        self._socket = None

    def _open(self):
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def put(self, payload):
        """Send a PutTraceSegments body and return (status, answer)."""
        if self._socket is None:
            self._open()
        head = _HEAD.format(len(payload), self._header)
        self._socket.sendall(head.encode() + payload)
        version, status, *_ = self._file.readline().split()
        headers = {}
        while (line := self._file.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip().lower()
        answer = self._file.read(int(headers[b"content-length"]))
        if version == b"HTTP/1.0" or headers.get(b"connection") == b"close":
            self._socket.close()
            self._socket = None
        return int(status), answer


def _send(connection, load, until, result, rate):
    due = time.monotonic()
    while time.monotonic() < until:
        if rate:
            due = max(due + DOCUMENTS_PER_CALL / rate, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))
        payload, _ = load.call()
        began = time.monotonic()
        status, answer = connection.put(payload)
        result["latencies"].append(time.monotonic() - began)
        if status == 200 and b'"UnprocessedTraceSegments":[]' in answer.replace(
            b" ", b""
        ):
            result["documents"] += DOCUMENTS_PER_CALL
        else:
            result["refused"] += DOCUMENTS_PER_CALL
            time.sleep(0.01)


def main():
    port, connections, seconds, seed = (int(a) for a in sys.argv[1:5])
    results = [
        {"documents": 0, "refused": 0, "latencies": []} for _ in range(connections)
    ]
    rate = next((int(a[5:]) for a in sys.argv[5:] if a.startswith("rate=")), 0)
    header = MOTO_HEADER if "moto" in sys.argv[5:] else ""
    loads = [Load(seed, worker) for worker in range(connections)]
    began = time.monotonic()
    threads = [
        threading.Thread(
            target=_send,
            args=(Connection(port, header), load, began + seconds, result, rate),
        )
        for load, result in zip(loads, results, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    latencies = sorted(x for r in results for x in r["latencies"])
    print(
        json.dumps(
            {
                "documents": sum(r["documents"] for r in results),
                "refused": sum(r["refused"] for r in results),
                "seconds": took,
                "p50_ms": latencies[len(latencies) // 2] * 1000,
                "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
            }
        )
    )


if __name__ == "__main__":
    main()
