"""`fluoro serve`: its options, and what keeps it from starting."""

import os
import signal
import subprocess
import sys
from dataclasses import fields

import pytest

from fluoro.cli.serve import serve
from fluoro.server.settings import Settings


def start(*arguments, **environment):
    """Run `fluoro serve` to its end; it is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "fluoro", "serve", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | environment,
    )


def test_each_setting_is_an_option_and_a_variable():
    options = {param.name: param for param in serve.params}

    assert list(options) == [field.name for field in fields(Settings)]
    for field in fields(Settings):
        assert options[field.name].envvar == f"FLUORO_{field.name.upper()}"
        assert options[field.name].default == field.default


def test_a_second_server_on_the_folder_is_refused_and_told_of_the_first(server):
    answer = start("--address", "127.0.0.1:0", "--data", server.data)

    assert answer.returncode == 1
    assert f"which listens on {server.address}" in answer.stderr


def test_an_address_in_use_is_told(server, tmp_path):
    answer = start(FLUORO_ADDRESS=server.address, FLUORO_DATA=str(tmp_path))

    assert answer.returncode == 1
    assert f"cannot listen on {server.address}" in answer.stderr
    assert "Try: stop it" in answer.stderr


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:", "host:99999", "h:-1"])
def test_an_address_that_is_none_is_a_usage_error(fluoro, address):
    answer = fluoro("serve", "--address", address)

    assert answer.exit_code == 2
    assert "is not HOST:PORT" in answer.stderr


def test_a_store_that_does_not_open_is_told(tmp_path, free_port):
    answer = start(
        "--address", "127.0.0.1:0", "--data", tmp_path,
        "--store", f"clickhouse://127.0.0.1:{free_port}/traces",
    )  # fmt: skip

    assert answer.returncode == 1
    assert "the store does not open" in answer.stderr


def test_a_folder_that_cannot_be_made_is_told():
    answer = start("--address", "127.0.0.1:0", "--data", "/proc/nothing")

    assert answer.returncode == 1
    assert "check --data" in answer.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(start_server, number):
    server = start_server()

    server.process.send_signal(number)

    assert server.process.wait(20) == 0
    assert (server.data / "server.lock").read_text() == ""
    assert "Traceback" not in server.log.read_text()
