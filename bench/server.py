"""Starting what is measured: Fluoro, and moto to compare with."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

COMMAND = [sys.executable, "-m", "fluoro", "serve"]


def free_port():
    """Return a port that was free a moment ago, for TCP and UDP."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, port, path, environment=None):
    """Run a server until the block ends; yields its process.

    What it writes, moto a line for each call, is shown if it does not come up.
    """
    environment = {**os.environ, **(environment or {})}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
        try:
            _wait(f"http://127.0.0.1:{port}{path}", process, log)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(url, process, log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=1).close()
            return
        time.sleep(0.05)
    log.seek(0)
    raise RuntimeError(f"{url} does not answer:\n{log.read()}")


@contextlib.contextmanager
def fluoro(*options):
    """Run Fluoro on a fresh folder; yields (port, process, folder)."""
    folder = tempfile.mkdtemp(prefix="fluoro-bench-")
    port = free_port()
    address = f"--address=127.0.0.1:{port}"
    command = [*COMMAND, address, f"--data={folder}", *options]
    try:
        with running(command, port, "/healthz") as process:
            yield port, process, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def moto():
    """Run moto's server; yields (port, process)."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with running(command, port, "/moto-api/") as process:
        yield port, process


def metrics(port):
    """Return Fluoro's metrics as {name{labels}: value}."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def wait_moved(port, seconds=120):
    """Wait until all that was acknowledged is in the store."""
    deadline = time.monotonic() + seconds
    while metrics(port)["fluoro_backlog_documents"] > 0:
        if time.monotonic() > deadline:
            raise RuntimeError("the backlog does not empty")
        time.sleep(0.02)


def memory_mb(process):
    """Return the resident memory of a process in MB."""
    with open(f"/proc/{process.pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


def call(port, path, request):
    """POST a JSON request and return the JSON answer."""
    made = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(request).encode()
    )
    with urllib.request.urlopen(made) as answer:
        return json.loads(answer.read())
