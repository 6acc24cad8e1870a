"""Services traced by unmodified SDKs, sending to a Fluoro with OTLP's ports open."""

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from running import RunningServer, check_ledger

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture(scope="session")
def otlp_server():
    """A server whose ports for OTLP are known: `http_port` and `grpc_port`."""
    with tempfile.TemporaryDirectory(prefix="fluoro-test-otel-") as folder:
        options = ("--otlp-port=0", "--otlp-grpc-port=0")
        running = RunningServer(Path(folder) / "data", *options).wait()
        log = running.log.read_text()
        running.http_port, running.grpc_port = (
            re.search(rf'"port": (\d+), "event": "{event}"', log)[1]
            for event in ("otlp_listening", "otlp_grpc_listening")
        )
        yield running
        check_ledger(running.metrics())
        running.stop()


class Service:
    """A program that serves HTTP; its spans have been sent once it is closed."""

    def __init__(self, command, environment):
        self._process = subprocess.Popen(
            list(map(str, command)),
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def url(self):
        """Where it serves, once it does."""
        if not hasattr(self, "_port"):
            line = self._process.stdout.readline()
            if not line:
                pytest.fail(self._process.communicate()[1])
            self._port = int(line)
        return f"http://127.0.0.1:{self._port}"

    def get(self, path, headers=()):
        """GET a path and return the status."""
        request = urllib.request.Request(self.url + path, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def close(self):
        """Let it send what it has, and end."""
        try:
            _, errors = self._process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        assert self._process.returncode == 0, errors


@pytest.fixture
def start_service(otlp_server):
    """Start programs that are told nothing but where to send; close them at last."""
    base = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_XRAY_DAEMON_ADDRESS": otlp_server.address,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{otlp_server.http_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    grpc = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{otlp_server.grpc_port}"}
    with contextlib.ExitStack() as services:

        def run(command, *arguments, **environment):
            service = Service([*command, *arguments], {**base, **environment})
            services.callback(service.close)
            return service

        def start(name, way, *following, command=(sys.executable,), **environment):
            told = {**(grpc if way == "grpc" else {}), **environment}
            program = PROGRAMS / "service.py"
            return run(command, program, name, way, *following, **told)

        start.program = run
        start.close_all = services.close
        yield start


@pytest.fixture
def trace_id():
    """A new trace id, as X-Ray writes it."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


@pytest.fixture
def w3c_header(trace_id):
    """The header of a W3C caller that samples the trace."""
    digits = trace_id[2:].replace("-", "")
    return {"traceparent": f"00-{digits}-{secrets.token_hex(8)}-01"}


@pytest.fixture
def xray_header(trace_id):
    """The header of an X-Ray caller that samples the trace."""
    parent = secrets.token_hex(8)
    return {"X-Amzn-Trace-Id": f"Root={trace_id};Parent={parent};Sampled=1"}


@pytest.fixture
def read_trace(otlp_server):
    """Return the real segments of a trace by name; the first of each name."""

    def read(trace_id):
        otlp_server.settle()
        _, _, body = otlp_server.post("/Traces", {"TraceIds": [trace_id]})
        documents = [
            json.loads(segment["Document"])
            for trace in body["Traces"]
            for segment in trace["Segments"]
        ]
        real = [d for d in documents if not d.get("inferred")]
        real.sort(key=lambda d: d["start_time"], reverse=True)
        return {d["name"]: d for d in real}

    return read
