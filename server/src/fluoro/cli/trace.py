"""`fluoro trace ID`: one trace as a waterfall in the terminal."""

import json
from typing import Any

import click
from click.shell_completion import CompletionItem

from fluoro.cli.client import DEFAULT_SERVER, Client, server_option
from fluoro.cli.failure import Exit, Failure
from fluoro.cli.output import output_option, print_json, print_jsonl
from fluoro.model.ids import format_trace_id, parse_any_trace_id


def recent_ids(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Complete a trace id with the recent ones; nothing where no server answers."""
    import time

    from fluoro.cli.traces import newest, summaries

    url = ctx.params.get("server") or DEFAULT_SERVER
    try:
        with Client(url, timeout=1.0) as client:
            now = time.time()
            found = newest(summaries(client, now - 900, now), 50)
    except Failure:
        return []
    return [
        CompletionItem(s["Id"], help=(s.get("EntryPoint") or {}).get("Name"))
        for s in found
        if s["Id"].startswith(incomplete)
    ]


@click.command()
@click.argument("trace_id", metavar="ID", shell_complete=recent_ids)
@click.option(
    "--raw",
    is_flag=True,
    help="Print the documents as the API answers them, a line each.",
)
@output_option("table", "json", "jsonl")
@server_option
def trace(client: Client, trace_id: str, raw: bool, output: str) -> None:
    """Show one trace as a waterfall.

    ID is a trace id as X-Ray writes it (1-6650f0a0-0123456789abcdef01234567) or 32 hex
    digits as OpenTelemetry does. The letter before a name says how it went: F fault,
    E error, T throttle, ~ still in progress.
    """
    found = fetch(client, trace_id)
    if raw:
        for segment in found["Segments"]:
            click.echo(segment["Document"])
        return
    documents = [json.loads(segment["Document"]) for segment in found["Segments"]]
    if output == "json":
        print_json({**found, "Segments": documents})
    elif output == "jsonl":
        print_jsonl(documents)
    else:
        from fluoro.cli.waterfall import print_waterfall

        print_waterfall(found, documents)


def fetch(client: Client, text: str) -> dict[str, Any]:
    """Return the trace as BatchGetTraces answers it; a Failure where there is none."""
    try:
        trace_id = format_trace_id(parse_any_trace_id(text.strip().lower()))
    except ValueError:
        raise Failure(
            f"{text!r} is no trace id",
            why="it is neither 1-<8 hex>-<24 hex> nor 32 hex digits",
            do="`fluoro traces` lists the ids of recent traces",
            code=Exit.USAGE,
        ) from None
    answer = client.call("/Traces", TraceIds=[trace_id])
    if not answer["Traces"]:
        raise Failure(
            f"there is no trace {trace_id}",
            why="it was not received, or is older than the server keeps traces",
            do="`fluoro traces` lists recent ones, `fluoro doctor` what was lost",
            code=Exit.NOT_FOUND,
        )
    found: dict[str, Any] = answer["Traces"][0]
    return found
