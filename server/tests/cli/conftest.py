"""Running commands against a real server."""

import pytest
from click.testing import CliRunner

from fluoro.cli.main import main


@pytest.fixture
def fluoro(monkeypatch):
    """Run a command of `fluoro` in this process; returns click's result."""
    for name in ("FLUORO_SERVER", "FLUORO_DATA", "AWS_XRAY_DAEMON_ADDRESS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, stdin=None):
        return CliRunner().invoke(main, [*map(str, arguments)], input=stdin)

    return run
