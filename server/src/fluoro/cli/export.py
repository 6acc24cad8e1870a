"""`fluoro export`: traces as OTLP JSON, a line an export request.

The lines are those that the OpenTelemetry collector's file exporter writes and its
`otlpjsonfile` receiver reads: one ExportTraceServiceRequest each, here one trace each.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import click

from fluoro.cli.client import Client, server_option
from fluoro.cli.failure import Exit, Failure
from fluoro.cli.filtering import filter_option
from fluoro.cli.output import message
from fluoro.cli.times import window, window_options
from fluoro.cli.traces import summaries
from fluoro.model.limits import TRACES_PER_CALL_MAX

Trace = dict[str, Any]


@click.command()
@click.argument("trace_ids", metavar="[ID]...", nargs=-1)
@window_options
@filter_option
@server_option
def export(
    client: Client,
    trace_ids: tuple[str, ...],
    last: float,
    start: float | None,
    end: float | None,
    expression: str | None,
) -> None:
    """Print traces as OTLP JSON, one a line.

    Spans that came by OTLP are printed as they were sent; segments of X-Ray's clients
    become spans. Redirect the output to a file, or send each line to /v1/traces.
    """
    if trace_ids:
        found: Iterable[str] = dict.fromkeys(trace_ids)
    else:
        since, until = window(last, start, end)
        found = _ids(client, since, until, expression)
    exported = 0
    for trace in _traces(client, found):
        line = otlp_json(trace)
        if line:
            click.echo(line)
            exported += 1
    if trace_ids and exported < len(dict.fromkeys(trace_ids)):
        raise Failure(
            f"{exported} of {len(dict.fromkeys(trace_ids))} traces exported",
            why="the server does not know the others",
            code=Exit.NOT_FOUND,
        )
    if not exported:
        message("No trace started in that time. Look further back with --last 1h.")


def _ids(
    client: Client, since: float, until: float, expression: str | None
) -> Iterator[str]:
    for page in summaries(client, since, until, expression):
        for summary in page:
            yield summary["Id"]


def _traces(client: Client, ids: Iterable[str]) -> Iterator[Trace]:
    """Yield the traces that the server knows, as BatchGetTraces answers them."""
    waiting = list(ids)
    for first in range(0, len(waiting), TRACES_PER_CALL_MAX):
        some = waiting[first : first + TRACES_PER_CALL_MAX]
        yield from client.call("/Traces", TraceIds=some)["Traces"]


def otlp_json(trace: Trace) -> str:
    """Return the export request of a trace as one line of OTLP JSON; '' for no span."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceRequest,
    )

    from fluoro.wire.otlp.json_codec import write_json
    from fluoro.wire.otlp.spans import records_of, span_of

    documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    spans = [
        span_of(record)
        for document in documents
        if not document.get("inferred")
        for record in records_of(document)
    ]
    request = ExportTraceServiceRequest(resource_spans=spans)
    return json.dumps(write_json(request), separators=(",", ":")) if spans else ""
