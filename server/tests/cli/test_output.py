"""What reaches the terminal: nobody else's escape codes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluoro.cli.failure import Failure
from fluoro.cli.output import clean, clean_lines, duration, print_json, print_jsonl


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07name", "name"),
        ("\x1b]8;;http://evil.test\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("two\nlines\r\n", "two lines"),
        ("\x9b2Jcleared", "cleared"),
        ("bell\x07", "bell"),
        ("left\u202eright", "left right"),
        ("日本 ünï", "日本 ünï"),
        (404, "404"),
    ],
)
def test_clean(text, shown):
    assert clean(text) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_survives(text):
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in clean(text))
    assert not any(
        (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 for c in clean_lines(text)
    )


def test_json_stays_json_and_harmless(capsys):
    value = {"name": "\x1b[31m\x9b2J\x7f ü \ud800"}

    print_json(value)
    print_jsonl([value])

    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x9b" not in out
    assert "ü" in out
    assert json.loads(out.splitlines()[-1])["name"].startswith("\x1b[31m\x9b2J\x7f")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "…"),
        (0, "0 ms"),
        (0.0000421, "42.1 µs"),
        (0.00123, "1.23 ms"),
        (0.4126, "413 ms"),
        (1.5, "1.50 s"),
        (75, "1 min 15 s"),
        (7384, "2 h 03 min"),
        (-0.5, "-500 ms"),
    ],
)
def test_duration(seconds, shown):
    assert duration(seconds) == shown


def test_a_failure_says_what_why_and_what_to_do(capsys):
    Failure("it broke", why="\x1b[31mrust", do="oil it").show()

    assert capsys.readouterr().err == "Error: it broke\n  Why: rust\n  Try: oil it\n"
