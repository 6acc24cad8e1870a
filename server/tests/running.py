"""A real `fluoro serve` in a process of its own, for tests over real sockets.

The fixtures: `start_server` starts servers for a test, `server` is one that a whole
session shares.
"""

import asyncio
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
START_SECONDS = 30


class RunningServer:
    """A server process, its address and its folder."""

    def __init__(self, data, *options, port=None):
        self.host, self.port = "127.0.0.1", port or 0
        self.data = Path(data)
        self.log = self.data.with_name(f"{self.data.name}.log")
        command = [
            *(sys.executable, "-m", "fluoro", "serve"),
            f"--address={self.host}:{self.port}",
            f"--data={self.data}",
            *options,
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
            )

    @property
    def address(self):
        """What AWS_XRAY_DAEMON_ADDRESS wants."""
        return f"{self.host}:{self.port}"

    @property
    def url(self):
        """Where HTTP clients go."""
        return f"http://{self.address}"

    def wait(self):
        """Wait until it answers; return itself."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, ValueError, KeyError):
                lock = json.loads((self.data / "server.lock").read_text())
                if lock["pid"] == self.process.pid:
                    self.port = int(lock["address"].rpartition(":")[2])
                    self.get("/healthz")
                    return self
            time.sleep(0.02)
        self.stop()
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")

    def get(self, path):
        """Return the body of a GET."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def post(self, path, request):
        """Return (status, headers, JSON body) of a POST."""
        made = urllib.request.Request(self.url + path, json.dumps(request).encode())
        try:
            with urllib.request.urlopen(made, timeout=30) as answer:
                return answer.status, answer.headers, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, json.loads(error.read())

    def put(self, documents):
        """Send documents by PutTraceSegments and return what was not processed."""
        texts = [d if isinstance(d, str) else json.dumps(d) for d in documents]
        status, _, body = self.post("/TraceSegments", {"TraceSegmentDocuments": texts})
        assert status == 200, body
        return body["UnprocessedTraceSegments"]

    def send_datagram(self, document):
        """Send a document as the X-Ray SDKs do."""
        header = b'{"format":"json","version":1}\n'
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(
                header + json.dumps(document).encode(), ("127.0.0.1", self.port)
            )

    def metrics(self):
        """Return the metrics as {name with labels: value}."""
        lines = re.findall(r"^([^#\s].*) (\S+)$", self.get("/metrics"), re.MULTILINE)
        return {name: float(value) for name, value in lines}

    def settle(self):
        """Wait until everything taken in is readable; check the ledger's identity."""
        eventually(lambda: not any(self._waiting()))
        check_ledger(self.metrics())

    def _waiting(self):
        names = ("fluoro_backlog_documents", "fluoro_documents_in_flight")
        return [n for name, n in self.metrics().items() if name.startswith(names)]

    def kill(self):
        """Kill it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ask it to end and wait for that; kill it when it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise


def run_coroutine(coroutine):
    """Return what a coroutine returns; its loop is a thread's own.

    Playwright keeps a loop running on the main thread of a session that had a browser.
    """
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def eventually(condition, seconds=20):
    """Wait until `condition()` is true and return its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return value


def check_ledger(metrics):
    """Each transport's documents ended in exactly one counter, or are in flight."""
    sums = {}
    for name, value in metrics.items():
        match = re.match(
            r"fluoro_documents_(\w+?)(_total)?\{.*transport=\"(\w+)\"", name
        )
        if match:
            outcome, _, transport = match.groups()
            sign = 1 if outcome == "received" else -1
            sums[transport] = sums.get(transport, 0) + sign * value
    assert all(value == 0 for value in sums.values()), metrics


@pytest.fixture
def start_server(tmp_path):
    """Start servers that end with the test: `start_server(*options, data=, port=)`."""
    started = []

    def start(*options, data=None, port=None):
        server = RunningServer(data or tmp_path / "data", *options, port=port)
        started.append(server)
        return server.wait()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server():
    """One server that the session's tests share; each brings traces of its own."""
    folder = Path(tempfile.mkdtemp(prefix="fluoro-test-server-"))
    running = RunningServer(folder / "data").wait()
    yield running
    with contextlib.suppress(OSError):
        check_ledger(running.metrics())
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)
