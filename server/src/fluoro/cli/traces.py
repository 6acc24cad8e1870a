"""`fluoro traces`: the recent traces, newest first."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from fluoro.cli.client import Client, pages, server_option
from fluoro.cli.filtering import Filtered, filter_option
from fluoro.cli.output import (
    clean,
    console,
    duration,
    message,
    output_option,
    print_json,
    print_jsonl,
)
from fluoro.cli.status import Status
from fluoro.cli.times import window, window_options

if TYPE_CHECKING:
    from rich.text import Text

Summary = dict[str, Any]


@click.command(cls=Filtered)
@window_options
@filter_option
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many traces at most.",
)
@output_option("table", "json", "jsonl")
@server_option
def traces(
    client: Client,
    last: float,
    start: float | None,
    end: float | None,
    expression: str | None,
    limit: int,
    output: str,
) -> None:
    """List recent traces, newest first.

    The marks before the status are those of the root: F fault, E error, T throttle;
    a ~ says that a part of the trace is missing or not done yet.
    """
    since, until = window(last, start, end)
    found = newest(summaries(client, since, until, expression), limit + 1)
    more = len(found) > limit
    found = found[:limit]
    if output == "json":
        print_json(found)
    elif output == "jsonl":
        print_jsonl(found)
    elif found:
        _print_table(found)
    if output == "table" and not found:
        message(_nothing_found(expression))
    elif more:
        message(f"There are more than these {limit}; --limit shows them.")


def summaries(
    client: Client, since: float, until: float, expression: str | None = None
) -> Iterator[list[Summary]]:
    """Yield GetTraceSummaries' pages; pages are newest first, inside one is no order.

    Only pages of the window's clock: the traces that started in [since, until).
    """
    for page in pages(
        client,
        "/TraceSummaries",
        StartTime=since,
        EndTime=until,
        FilterExpression=expression,
    ):
        yield page["TraceSummaries"]


def newest(found: Iterator[list[Summary]], limit: int) -> list[Summary]:
    """Return the `limit` newest; as soon as pages hold enough the rest are older."""
    taken: list[Summary] = []
    for page in found:
        taken.extend(sorted(page, key=lambda s: s.get("StartTime") or 0, reverse=True))
        if len(taken) >= limit:
            break
    return taken[:limit]


def _print_table(found: list[Summary]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Started", no_wrap=True)
    table.add_column("Took", justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Id", no_wrap=True)
    table.add_column("Service")
    table.add_column("Request")
    for summary in found:
        http = summary.get("Http") or {}
        took = summary.get("ResponseTime")
        table.add_row(
            _local_time(summary.get("StartTime")),
            duration(summary.get("Duration") if took is None else took),
            _status(summary, http.get("HttpStatus")),
            Text(summary["Id"]),
            _cut((summary.get("EntryPoint") or {}).get("Name")),
            _cut(f"{http.get('HttpMethod') or ''} {http.get('HttpURL') or ''}"),
        )
    console().print(table)


def _status(summary: Summary, http_status: int | None) -> "Text":
    """Return the root's letter, a ~ where something is missing, the HTTP status."""
    from rich.text import Text

    status = Status.of_summary(summary)
    whole = summary.get("ResponseTime") is not None and not summary.get("IsPartial")
    mark = " " if whole else "~"
    return Text(f"{status.letter}{mark}{http_status or ''}", style=status.style)


def _cut(text: str | None) -> "Text":
    """Return a cell that gives way, with an ellipsis, where the terminal is narrow."""
    from rich.text import Text

    return Text(clean(text or "") or "-", no_wrap=True, overflow="ellipsis")


def _local_time(seconds: float | None) -> str:
    """Return the time of day, with the date where it is not today's."""
    if not seconds:
        return "-"
    moment = datetime.fromtimestamp(seconds).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")


def _nothing_found(expression: str | None) -> str:
    if expression:
        return (
            "No trace of that time matches the filter. Look without --filter, or "
            "further back with --last 1h."
        )
    return (
        "No trace started in that time. Look further back with --last 1h; `fluoro "
        "demo` sends some, and `fluoro doctor` says whether anything was refused."
    )
