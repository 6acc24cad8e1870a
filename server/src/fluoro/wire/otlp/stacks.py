"""Stack traces as text to frames and causes, one parser a language.

A parser takes the text of `exception.stacktrace` and returns the traces in it: the
exception's own first (its type and message are known from elsewhere and left empty),
then the one that caused it, and so on. Innermost frames come first. What a parser does
not recognise it skips; the text itself stays in the span's record.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fluoro.model.limits import STACK_FRAMES_MAX

Frame = dict[str, Any]
_LINE_LENGTH_MAX = 2_000
"""A longer line is no frame; it bounds what a regular expression looks at."""


@dataclass(slots=True)
class Trace:
    """The frames of one exception; `truncated` counts those left out."""

    type: str = ""
    message: str = ""
    frames: list[Frame] = field(default_factory=list)
    truncated: int = 0

    def add(self, label: str, path: str, line: str | None) -> None:
        """Add a frame; `line` is the digits of its line number, if it has one."""
        if len(self.frames) >= STACK_FRAMES_MAX:
            self.truncated += 1
            return
        number = int(line) if line and len(line) < 10 else 0
        self.frames.append({"path": path, "line": number, "label": label})


def parse_stack(text: str, language: str) -> list[Trace]:
    """Return the traces in `text`, at least one; without frames if unknown."""
    parser = _PARSERS.get(language)
    return parser(_lines(text)) if parser else [Trace()]


def _lines(text: str) -> list[str]:
    return [line[:_LINE_LENGTH_MAX] for line in text.splitlines()]


_JAVA_FRAME = re.compile(r"\s+at (?:[^(/]*/)*([^(/]+)\(([^:)]*)(?::(\d+))?\)\Z")
_JAVA_CAUSE = "Caused by: "


def _java(lines: list[str]) -> list[Trace]:
    """`at [module/]label(File.java:12)`; `Caused by: ` starts the next exception.

    PHP's SDK writes its traces the same way. The message of a cause may have several
    lines; common frames (`... 12 more`) and suppressed exceptions are left out.
    """
    traces = [Trace()]
    in_message = False
    for line in lines[1:]:
        frame = _JAVA_FRAME.match(line)
        if frame:
            in_message = False
            traces[-1].add(*frame.groups())
        elif line.startswith(_JAVA_CAUSE):
            kind, _, message = line.removeprefix(_JAVA_CAUSE).partition(": ")
            traces.append(Trace(kind, message))
            in_message = True
        elif in_message:
            traces[-1].message += f"\n{line}"
    return traces


_PYTHON_FRAME = re.compile(r'  File "(.*)", line (\d+), in (.*)\Z')
_PYTHON_LINKS = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)


def _python(lines: list[str]) -> list[Trace]:
    """Frames outermost first; the last block is the exception, the others led to it."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.startswith(_PYTHON_LINKS):
            blocks.append([])
        else:
            blocks[-1].append(line)
    return [_python_block(block) for block in reversed(blocks)]


def _python_block(block: list[str]) -> Trace:
    frames = [
        (i, match) for i, s in enumerate(block) if (match := _PYTHON_FRAME.match(s))
    ]
    last = frames[-1][0] if frames else -1
    rest = [line for line in block[last + 1 :] if line[:1] not in {" ", ""}]
    start = block.index(rest[0], last + 1) if rest else len(block)
    kind, _, message = "\n".join(block[start:]).rstrip("\n").partition(": ")
    trace = Trace(kind, message)
    for _, match in reversed(frames):
        path, line, label = match.groups()
        trace.add(label, path, line)
    return trace


_SCRIPT_FRAME = re.compile(r"\s+at (?:(.*) \()?([^()]*?)(?::(\d+):\d+)?\)?\Z")


def _javascript(lines: list[str]) -> list[Trace]:
    """`    at label (path:line:column)`, or only the place."""
    trace = Trace()
    for line in lines[1:]:
        frame = _SCRIPT_FRAME.match(line)
        if frame:
            trace.add(frame[1] or "", frame[2], frame[3])
    return [trace]


_DOTNET_FRAME = re.compile(r"\s*at (.*?)(?: in (.*?)(?::line (\d+))?)?\Z")


def _dotnet(lines: list[str]) -> list[Trace]:
    """`   at Label(args) in path:line 12`, or only the label."""
    trace = Trace()
    for line in lines:
        frame = _DOTNET_FRAME.match(line)
        if frame:
            trace.add(frame[1], frame[2] or "", frame[3])
    return [trace]


_GO_PLACE = re.compile(r"\s+(\S+):(\d+)(?: \+0x[0-9a-f]+)?\Z")


def _go(lines: list[str]) -> list[Trace]:
    """After `goroutine ...:` two lines a frame: the label, then its place."""
    trace = Trace()
    label = ""
    for line in lines:
        place = _GO_PLACE.match(line)
        if place:
            trace.add(label, place[1], place[2])
        else:
            label = line.strip()
    return [trace]


_PARSERS: dict[str, Callable[[list[str]], list[Trace]]] = {
    "java": _java,
    "php": _java,
    "python": _python,
    "javascript": _javascript,
    "nodejs": _javascript,
    "webjs": _javascript,
    "dotnet": _dotnet,
    "go": _go,
}
"""By `telemetry.sdk.language`."""
