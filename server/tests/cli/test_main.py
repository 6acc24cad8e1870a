"""The table of commands, and how `fluoro` itself behaves."""

import subprocess
import sys

import click
import pytest

from fluoro.cli.main import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_each_line_of_the_table_names_a_command(name):
    command = main.get_command(click.Context(main), name)

    assert command.name == name
    assert COMMANDS[name].help.endswith(".")


def test_help_lists_the_commands_and_the_exit_codes(fluoro):
    answer = fluoro("--help")

    assert answer.exit_code == 0
    assert all(f"  {name} " in answer.stdout for name in COMMANDS)
    assert "5  the server refused the request" in answer.stdout


def test_help_imports_no_command():
    code = (
        "import sys; from fluoro.cli.main import main;"
        "main(['--help'], standalone_mode=False);"
        "print([m for m in sys.modules"
        " if m in ('rich', 'numpy', 'uvicorn', 'chdb', 'botocore')"
        " or m.startswith('fluoro.cli.') and m not in"
        " ('fluoro.cli.main', 'fluoro.cli.failure')])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert out.stdout.splitlines()[-1] == "[]"


def test_a_slip_of_the_fingers_gets_a_suggestion(fluoro):
    answer = fluoro("tarces")

    assert answer.exit_code == 2
    assert "'traces'" in answer.stderr


def test_an_unknown_option_is_a_usage_error(fluoro):
    assert fluoro("traces", "--bogus").exit_code == 2


def test_nothing_listens_is_exit_code_4_and_says_what_to_do(fluoro, free_port):
    answer = fluoro("traces", "--server", f"http://127.0.0.1:{free_port}")

    assert answer.exit_code == 4
    assert answer.stdout == ""
    assert f"nothing listens on 127.0.0.1 port {free_port}" in answer.stderr
    assert "fluoro serve" in answer.stderr


def test_the_version_is_shown(fluoro):
    assert fluoro("--version").stdout.startswith("fluoro ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(fluoro, shell):
    answer = fluoro("completion", shell)

    assert answer.exit_code == 0
    assert "_FLUORO_COMPLETE" in answer.stdout
