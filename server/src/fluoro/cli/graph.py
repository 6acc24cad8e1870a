"""`fluoro graph`: the service graph in the terminal, or as JSON, DOT or Mermaid."""

import json
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from fluoro.cli.client import Client, pages, server_option
from fluoro.cli.output import (
    clean,
    console,
    duration,
    message,
    output_option,
    print_json,
)
from fluoro.cli.status import Status
from fluoro.cli.times import window, window_options

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Answer = dict[str, Any]
"""An answer of GetServiceGraph, or a part of one."""

PERCENTILES = (0.5, 0.9, 0.99)
RATE_LEAST = 0.01


@click.command()
@window_options
@click.option("--group", metavar="NAME", help="Only the traces of this group.")
@output_option("table", "json", "dot", "mermaid")
@server_option
def graph(
    client: Client,
    last: float,
    start: float | None,
    end: float | None,
    group: str | None,
    output: str,
) -> None:
    """Show who calls whom, how often, how fast and how well.

    A service's line has its own view; the lines below it are its calls as it saw
    them, network included. The window is that of receipt.
    """
    since, until = window(last, start, end)
    answers = list(
        pages(client, "/ServiceGraph", StartTime=since, EndTime=until, GroupName=group)
    )
    services = [service for answer in answers for service in answer["Services"]]
    if output == "json":
        print_json({**answers[0], "Services": services, "NextToken": None})
    elif output == "dot":
        click.echo(dot(services))
    elif output == "mermaid":
        click.echo(mermaid(services))
    elif services:
        console().print(table(services, until - since))
    else:
        message("Nothing was received in this time; --last looks further back.")


class Line(NamedTuple):
    """A node, or one of its edges: what is counted, and seconds by percentile."""

    name: str
    kind: str
    edge: bool
    statistics: Answer
    percentiles: list[float | None]


def lines(services: Iterable[Answer]) -> Iterator[Line]:
    """Yield each service, and after it its edges; clients have edges alone."""
    found = list(services)
    names = {service["ReferenceId"]: service for service in found}
    for service in found:
        statistics = service.get("SummaryStatistics")
        if statistics:
            yield _line(service, service, statistics, edge=False)
        for edge in service["Edges"]:
            target = names[edge["ReferenceId"]]
            if statistics:
                yield _line(target, edge, edge["SummaryStatistics"], edge=True)


def _line(node: Answer, seen: Answer, statistics: Answer, *, edge: bool) -> Line:
    bins = seen.get("ResponseTimeHistogram") or []
    times = [percentile(bins, part) for part in PERCENTILES]
    kind = "link" if seen.get("EdgeType") == "link" else node.get("Type") or ""
    return Line(clean(node["Name"]), clean(kind), edge, statistics, times)


def percentile(bins: Iterable[Answer], part: float) -> float | None:
    """Return the value that a part of all counts does not pass; None without any."""
    ordered = sorted(bins, key=lambda entry: entry["Value"])
    sums = list(accumulate(entry["Count"] for entry in ordered))
    if not sums:
        return None
    wanted = part * sums[-1]
    for entry, total in zip(ordered, sums, strict=True):
        if total >= wanted:
            return float(entry["Value"])
    return None


def shares(statistics: Answer) -> dict[Status, float]:
    """Return which part of the requests ended how, as X-Ray colours its rings."""
    total = statistics["TotalCount"] or 1
    errors = statistics["ErrorStatistics"]
    return {
        Status.FAULT: statistics["FaultStatistics"]["TotalCount"] / total,
        Status.ERROR: errors["OtherCount"] / total,
        Status.THROTTLE: errors["ThrottleCount"] / total,
    }


def table(services: Iterable[Answer], seconds: float) -> "Table":
    """Return the table of services and their calls over a window of `seconds`."""
    from rich.table import Table
    from rich.text import Text

    rendered = Table(box=None, pad_edge=False, header_style="bold")
    rendered.add_column("Service")
    rendered.add_column("Type")
    for heading in ("Calls", "/min", "p50", "p90", "p99", "Fault", "Error", "Throttle"):
        rendered.add_column(heading, justify="right", no_wrap=True)
    for line in lines(services):
        calls = line.statistics["TotalCount"]
        rendered.add_row(
            Text(f"  → {line.name}" if line.edge else line.name),
            Text(line.kind, style="dim"),
            f"{calls:,}",
            rate(calls * 60 / max(seconds, 1)),
            *("" if time is None else duration(time) for time in line.percentiles),
            *_shares(line.statistics),
            style="dim" if line.edge else None,
        )
    return rendered


def rate(per_minute: float) -> str:
    """Return a rate in three digits, in all of its digits where it has more."""
    if 0 < per_minute < RATE_LEAST:
        return f"<{RATE_LEAST}"
    return f"{per_minute:,.0f}" if per_minute >= 100 else f"{per_minute:.3g}"


def _shares(statistics: Answer) -> Iterator["Text"]:
    """Yield the shares that are not zero in their colours."""
    from rich.text import Text

    for status, share in shares(statistics).items():
        yield Text(f"{share:.1%}" if share else "", style=status.style)


def dot(services: Iterable[Answer]) -> str:
    """Return the graph in Graphviz's language."""
    written = ["digraph services {", "  rankdir=LR;", "  node [shape=box];"]
    for service in services:
        number = service["ReferenceId"]
        written.append(f"  n{number} [label={_quoted(_label(service))}];")
        for edge in service["Edges"]:
            style = ", style=dashed" if edge.get("EdgeType") == "link" else ""
            label = f"{edge['SummaryStatistics']['TotalCount']:,}"
            written.append(
                f'  n{number} -> n{edge["ReferenceId"]} [label="{label}"{style}];'
            )
    return "\n".join([*written, "}"])


def mermaid(services: Iterable[Answer]) -> str:
    """Return the graph as a Mermaid flowchart."""
    written = ["flowchart LR"]
    for service in services:
        number = service["ReferenceId"]
        label = _label(service).replace("&", "&amp;").replace('"', "&quot;")
        label = label.replace("<", "&lt;").replace("\n", "<br>")
        written.append(f'  n{number}["{label}"]')
        for edge in service["Edges"]:
            arrow = "-.->" if edge.get("EdgeType") == "link" else "-->"
            count = edge["SummaryStatistics"]["TotalCount"]
            written.append(f"  n{number} {arrow}|{count:,}| n{edge['ReferenceId']}")
    return "\n".join(written)


def _label(service: Answer) -> str:
    """Return a node's name and type on two lines."""
    return f"{clean(service['Name'])}\n{clean(service.get('Type') or '')}".rstrip()


def _quoted(text: str) -> str:
    """Return a string of Graphviz's language, which escapes as JSON does here."""
    return json.dumps(text, ensure_ascii=False)
