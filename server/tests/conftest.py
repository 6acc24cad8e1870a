"""What the tests share: one engine a process, a database of its own a test."""

import itertools
import os
import shutil
import socket
import tempfile
from contextlib import ExitStack, contextmanager

import pytest
from hypothesis import HealthCheck, settings

from fluoro.store.engine import Engine
from fluoro.store.migrate import migrate, schema_version
from fluoro.store.schema import MIGRATIONS
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
def emptied(engine_dsn):
    """Databases to be used again, as making one takes a second: {name: its tables}.

    Keeps an embedded engine open, which stops with its last client and starts slowly.
    """
    keeper = Engine(engine_dsn, "default", clients=1)
    keeper.query("SELECT 1")
    databases = {}
    yield databases
    for name in databases:
        keeper.command(f"DROP DATABASE {name}")
    keeper.close()


@pytest.fixture
def make_engine(engine_dsn, emptied):
    """Makes engines with the schema, each in a database of its own, empty."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(_database(engine_dsn, emptied))


@pytest.fixture
def engine(make_engine):
    """An engine with the schema and nothing in it."""
    return make_engine()


@contextmanager
def _database(dsn, emptied):
    name = next(iter(emptied), f"test_{os.getpid()}_{next(_numbers)}")
    engine = Engine(dsn, name)
    migrate(engine)
    tables = emptied.pop(name, None) or _tables(engine)
    yield engine
    if _tables(engine) == tables and schema_version(engine) == len(MIGRATIONS):
        for table in tables.keys() - {"schema_versions"}:
            engine.command(f"TRUNCATE TABLE {table}")
        emptied[name] = tables
    else:
        engine.command(f"DROP DATABASE {name}")
    engine.close()


def _tables(engine):
    """Return the statement that makes each table."""
    return dict(
        engine.query(
            "SELECT name, create_table_query FROM system.tables"
            " WHERE database = currentDatabase()"
        )
    )


@pytest.fixture
def free_port():
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
