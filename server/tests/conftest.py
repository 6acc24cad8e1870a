"""What the tests share: one engine a process, a fresh database a test."""

import itertools
import os
import shutil
import socket
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from fluoro.store.engine import Engine
from fluoro.store.migrate import migrate
from running import server, start_server  # noqa: F401 - fixtures

_numbers = itertools.count()

# A busy machine is no failure. CI tries the same examples each time, so that a change
# is judged by what it changes; everywhere else they are new ones.
settings.register_profile(
    "fluoro",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("fluoro")


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


@pytest.fixture
def free_port():
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
