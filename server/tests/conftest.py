"""What the tests share: one engine a process, a fresh database a test."""

import itertools
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
from dataclasses import dataclass
from pathlib import Path

import pytest

from fluoro.store.engine import Engine
from fluoro.store.migrate import migrate
from running import server, start_server  # noqa: F401 - fixtures

_numbers = itertools.count()


@pytest.fixture(scope="session")
def engine_dsn():
    """The engine under test: FLUORO_TEST_DSN, or one embedded in this process."""
    given = os.environ.get("FLUORO_TEST_DSN")
    if given:
        yield given
        return
    folder = tempfile.mkdtemp(prefix="fluoro-test-")
    yield f"chdb://{folder}"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def keep_engine_open(engine_dsn):
    """An embedded engine stops with its last client and is slow to start again."""
    engine = Engine(engine_dsn, "default", clients=1)
    engine.query("SELECT 1")
    yield
    engine.close()


@pytest.fixture
def engine(engine_dsn, keep_engine_open):
    """An engine with the schema in a database of its own, dropped afterwards."""
    engine = Engine(engine_dsn, f"test_{os.getpid()}_{next(_numbers)}")
    migrate(engine)
    yield engine
    engine.command(f"DROP DATABASE {engine.database}")
    engine.close()


@dataclass(frozen=True)
class RunningServer:
    """A real `fluoro serve` in a process of its own; UDP and TCP share the port."""

    host: str
    port: int
    data: Path

    @property
    def url(self):
        """Where HTTP clients go."""
        return f"http://{self.host}:{self.port}"

    @property
    def address(self):
        """What AWS_XRAY_DAEMON_ADDRESS wants."""
        return f"{self.host}:{self.port}"


@pytest.fixture(scope="session")
def server():
    """One server for all tests that only need one; each brings its own trace ids."""
    folder = Path(tempfile.mkdtemp(prefix="fluoro-server-"))
    folder.chmod(0o700)
    log = (folder / "log").open("wb")
    command = [sys.executable, "-m", "fluoro", "serve", "--address", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--data", str(folder)],
        stderr=log,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "src")},
    )
    try:
        yield _wait_until_it_answers(process, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=30)
        log.close()
        text = (folder / "log").read_text()
        shutil.rmtree(folder)
    assert code == 0, text


def _wait_until_it_answers(process, folder):
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and process.poll() is None:
        try:
            address = json.loads((folder / "server.lock").read_text())["address"]
            host, _, port = address.rpartition(":")
            found = RunningServer(host, int(port), folder)
            with urllib.request.urlopen(f"{found.url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return found
        except (OSError, ValueError):
            time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{(folder / 'log').read_text()}")


@pytest.fixture
def free_port():
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
