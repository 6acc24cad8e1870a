"""What commands print: data on stdout, messages on stderr, no escape codes of others.

Colours follow the terminal and NO_COLOR. Text of a trace is written by strangers: its
control characters never reach the terminal.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

Command = Callable[..., None]

WIDE = 10_000
"""Columns of a table that no terminal bounds: lines of a file are not cut."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"  # OSC and its kin: titles, links
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI in one byte
    r"|\x1b.?",
    re.DOTALL,
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_CONTROLS_BUT_LINES = re.compile(
    _CONTROLS.pattern.replace(r"\x00-\x1f", r"\x00-\x09\x0b-\x1f")
)
_JSON_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def output_option(*forms: str) -> Callable[[Command], Command]:
    """Return the option `-o`; the first form is the default."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="The form to print in.",
    )


def clean(text: Any) -> str:
    """Return text on one line without escape codes and control characters."""
    return _CONTROLS.sub(" ", _ESCAPES.sub("", str(text))).strip()


def clean_lines(text: str) -> str:
    """Return text without escape codes and control characters, keeping its lines."""
    return _CONTROLS_BUT_LINES.sub(" ", _ESCAPES.sub("", text))


def console(stream: TextIO | None = None) -> "Console":
    """Return a rich console on stdout (or `stream`); wide where it is no terminal."""
    from rich.console import Console

    stream = stream or sys.stdout
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")  # a terminal that knows no Unicode
    width = None if stream.isatty() else WIDE
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def message(text: str) -> None:
    """Say something to the person at the terminal, beside the data."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print one value as indented JSON."""
    click.echo(_encode(value, indent=2))


def print_jsonl(values: Iterable[Any]) -> None:
    """Print each value as JSON on a line of its own."""
    for value in values:
        click.echo(_encode(value, separators=(",", ":")))


def _encode(value: Any, **style: Any) -> str:
    """Return JSON that stdout can write and that no terminal obeys."""
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=plain, **style)
    return text.translate(_JSON_CONTROLS).encode("utf-8", "backslashreplace").decode()


def duration(seconds: float | None) -> str:
    """Return a length of time as people write it, three digits at most."""
    if seconds is None:
        return "…"
    if seconds == 0:
        return "0 ms"
    if seconds < 0:
        return f"-{duration(-seconds)}"
    for limit, factor, unit in ((1e-3, 1e6, "µs"), (1.0, 1e3, "ms"), (60.0, 1, "s")):
        if seconds < limit:
            value = seconds * factor
            return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
