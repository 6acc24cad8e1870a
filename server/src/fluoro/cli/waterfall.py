"""A trace drawn in the terminal: a row an entity, its bar on the trace's time line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from fluoro.cli.output import clean, console, duration
from fluoro.cli.status import Status, member
from fluoro.cli.tree import Document, Row, exceptions, rows

FILE_WIDTH = 120
"""Columns where stdout is no terminal."""
NAME_AND_BAR_MIN = 24
_FIXED_COLUMNS = len("F name bar 418 1000.0 ms") - len("namebar")
FRAMES_SHOWN = 3

_SIGNS = ("bar", "running", "tick", "tee", "last", "pipe", "void")
_UNICODE = dict(zip(_SIGNS, ("━", "┄", "╸", "├─", "└─", "│ ", "  "), strict=True))
_ASCII = dict(zip(_SIGNS, ("=", ".", "|", "|-", "`-", "| ", "  "), strict=True))


@dataclass(frozen=True, slots=True)
class _TimeLine:
    """`width` columns that stand for the time from `begin` to `end`, epoch seconds."""

    begin: float
    end: float
    width: int

    def bar(self, row: Row, signs: dict[str, str]) -> str:
        """Return a row's span as a bar at its place."""
        span = self.end - self.begin
        scale = self.width / span if span > 0 else 0.0
        first = min(int((row.start - self.begin) * scale), self.width - 1)
        until = self.end if row.end is None else row.end
        columns = min(round((until - row.start) * scale), self.width - first)
        if columns < 1:
            return " " * first + signs["tick"]
        return " " * first + signs["running" if row.end is None else "bar"] * columns


def print_waterfall(trace: dict[str, Any], documents: list[Document]) -> None:
    """Print a trace's head and its rows on stdout."""
    drawn = rows(documents)
    screen = console()
    _print_head(screen, trace, drawn)
    for line in _lines(screen, drawn) if drawn else ():
        screen.print(line, soft_wrap=True)


def _print_head(screen: Console, trace: dict[str, Any], drawn: list[Row]) -> None:
    screen.print(Text(f"Trace {clean(trace['Id'])}", style="bold"), soft_wrap=True)
    segments = [row.document for row in drawn if row.is_segment]
    services = {clean(s.get("name", "")) for s in segments}
    facts = [
        _local_time(min((row.start for row in drawn), default=0)),
        duration(trace.get("Duration")),
        _count(len(services), "service"),
        _count(len(segments), "segment"),
        _count(len(drawn) - len(segments), "subsegment"),
    ]
    screen.print(Text(" · ".join(facts)), soft_wrap=True)
    if trace.get("LimitExceeded"):
        screen.print(Text("The trace grew past the size limit; a part is missing."))
    if not drawn:
        screen.print(Text("None of its segments has arrived yet, only subsegments."))
    for label, values in _searchable(drawn).items():
        if values:
            screen.print(Text(f"{label}: {', '.join(values)}"), soft_wrap=True)


def _searchable(drawn: list[Row]) -> dict[str, list[str]]:
    """Return what the trace can be found by: its users and its annotations."""
    users: dict[str, None] = {}
    annotations: dict[str, None] = {}
    links: dict[str, None] = {}
    for row in drawn:
        if row.document.get("user"):
            users[clean(row.document["user"])] = None
        for key, value in member(row.document, "annotations").items():
            shown = str(value).lower() if isinstance(value, bool) else value
            annotations[clean(f"{key}={shown}")] = None
        for link in row.document.get("links") or ():
            if isinstance(link, dict):
                links[clean(link.get("trace_id"))] = None
    return {
        "User": list(users),
        "Annotations": list(annotations),
        "Linked traces": list(links),
    }


def _lines(screen: Console, drawn: list[Row]) -> Iterator[Text]:
    """Yield the rows' lines, as wide as the terminal; names give way to bars."""
    signs = _ASCII if screen.options.ascii_only else _UNICODE
    names = [_name(row, signs) for row in drawn]
    width = screen.width if screen.is_terminal else FILE_WIDTH
    room = max(width - _FIXED_COLUMNS, NAME_AND_BAR_MIN)
    name_width = min(max(name.cell_len for name in names), room * 3 // 5)
    line_of_time = _TimeLine(
        begin=min(row.start for row in drawn),
        end=max(max(row.start, row.end or 0) for row in drawn),
        width=room - name_width,
    )
    for row, name in zip(drawn, names, strict=True):
        yield _row_line(row, name, name_width, line_of_time, signs)
        for line in _exception_lines(row.document):
            indented = Text(" " * (2 * row.depth + 4)).append_text(line)
            indented.truncate(width, overflow="ellipsis")
            yield indented


def _row_line(
    row: Row, name: Text, name_width: int, time_line: _TimeLine, signs: dict[str, str]
) -> Text:
    """Return letter, name, bar, HTTP status and duration in their columns."""
    status = Status.of_document(row.document)
    name.truncate(name_width, overflow="ellipsis", pad=True)
    answered = member(member(row.document, "http"), "response").get("status")
    took = duration(None if row.end is None else row.end - row.start)
    text = Text()
    text.append(f"{status.letter} ", style=f"bold {status.style}")
    text.append_text(name)
    text.append(f" {time_line.bar(row, signs):{time_line.width}}", style=status.style)
    text.append(f" {clean(answered if isinstance(answered, int) else ''):>3.5}")
    return text.append(f" {took:>9}")


def _name(row: Row, signs: dict[str, str]) -> Text:
    """Return the branches and the name: bold for a segment, with what a call does."""
    text = Text()
    if row.depth:
        for last in row.ancestors_last[:-1]:
            text.append(signs["void" if last else "pipe"], style="dim")
        text.append(signs["last" if row.ancestors_last[-1] else "tee"], style="dim")
    text.append(
        clean(row.document.get("name", "")), style="bold" if row.is_segment else ""
    )
    detail = " ".join(_details(row))
    if detail:
        text.append(f" {clean(detail)}", style="dim")
    return text


def _details(row: Row) -> Iterable[str]:
    """Yield what tells a call from its siblings: operation, resource, request, SQL."""
    operation = member(row.document, "aws").get("operation")
    if operation:
        yield str(operation)
    if row.resource:
        yield row.resource
    request = member(member(row.document, "http"), "request")
    if request and not operation:
        yield str(request.get("method") or "").upper()
        yield _short_url(str(request.get("url") or ""), row)
    query = member(row.document, "sql").get("sanitized_query")
    if query:
        yield str(query)


def _short_url(url: str, row: Row) -> str:
    """Return a URL without the scheme and host where the name says them already."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.hostname or ""
    if row.is_segment or host in str(row.document.get("name")).lower():
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return url


def _exception_lines(document: Document) -> Iterable[Text]:
    """Yield each exception with the frames nearest to where it was raised."""
    for exception in exceptions(document):
        kind = clean(exception.get("type") or "exception")
        what = clean(exception.get("message") or "")
        yield Text(f"{kind}: {what}" if what else kind, style="red")
        stack = exception.get("stack")
        frames = stack if isinstance(stack, list) else []
        frames = [frame for frame in frames if isinstance(frame, dict)]
        for frame in frames[:FRAMES_SHOWN]:
            label, path, line = (frame.get(k, "?") for k in ("label", "path", "line"))
            yield Text(f"  {clean(f'at {label} ({path}:{line})')}", style="dim")
        if len(frames) > FRAMES_SHOWN:
            yield Text(f"  … {len(frames) - FRAMES_SHOWN} more frames", style="dim")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _local_time(seconds: float) -> str:
    moment = datetime.fromtimestamp(max(seconds, 0)).astimezone()
    return moment.isoformat(sep=" ", timespec="milliseconds")
