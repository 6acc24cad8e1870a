"""`fluoro keys` and `fluoro usage` against a real server."""

import json
import os
import subprocess
import sys

import pytest

from fluoro.cli.client import Client
from fluoro.cli.failure import Failure
from running import SOURCE


@pytest.fixture
def run(fluoro, server):
    def run(*arguments):
        result = fluoro(*arguments, "--server", server.url)
        assert result.exit_code == 0, result.output
        return result

    return run


def test_a_key_is_made_listed_and_revoked(run):
    made = run("keys", "create", "--name", "ci", "--role", "write")
    variables = dict(line.split("=", 1) for line in made.stdout.splitlines())
    assert list(variables) == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    key_id, secret = variables.values()

    listed = run("keys", "list")
    assert key_id in listed.stdout
    assert secret not in listed.stdout

    assert "revoked" in run("keys", "revoke", key_id).stderr
    found = json.loads(run("keys", "list", "-o", "json").stdout)
    assert key_id not in [key["AccessKeyId"] for key in found]


def test_refusals_are_told(fluoro, server):
    result = fluoro("keys", "revoke", "FLRONONE", "--server", server.url)
    assert result.exit_code != 0
    assert "Key FLRONONE not found" in result.output
    result = fluoro(
        "keys", "create", "--name", "a b", "--role", "read", "--server", server.url
    )
    assert "Name may have letters" in result.output


def test_usage_has_a_line_a_day(run):
    table = run("usage", "--days", "3").stdout
    assert "recorded" in table
    found = json.loads(run("usage", "--days", "3", "-o", "json").stdout)
    assert len(found["Days"]) == 3
    assert found["Days"][-1]["Day"] in table


def test_where_a_key_is_asked_for_commands_sign(start_server, tmp_path, monkeypatch):
    first = start_server(data=tmp_path / "data")
    with Client(first.url) as client:
        key = client.call("/api/keys/create", Name="ann", Role="admin")["Key"]
    first.stop()
    server = start_server("--loopback-role=none", data=tmp_path / "data")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Client(server.url) as client, pytest.raises(Failure, match="403"):
        client.call("/Groups")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    with Client(server.url) as client:
        assert client.call("/Groups")["Groups"]
        assert client.request("GET", "/api/usage?days=1")["Days"]
        assert client.request("GET", "/api/session")["Name"] == "ann"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with Client(server.url) as client, pytest.raises(Failure, match="403"):
        client.call("/Groups")


def test_an_open_address_without_keys_is_refused(tmp_path, free_port):
    """In a process of its own, since each can open one store only."""
    address, data = f"--address=0.0.0.0:{free_port}", f"--data={tmp_path}/d"
    result = subprocess.run(
        [sys.executable, "-m", "fluoro", "serve", address, data],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0
    assert "fluoro keys create" in result.stderr
    assert "--open-access" in result.stderr
