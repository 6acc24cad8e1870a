"""BatchGetTraces, GetTraceSummaries, ListRetrievedTraces."""

from collections.abc import Sequence
from typing import Any

from fluoro.control import retrieval
from fluoro.control.context import Context
from fluoro.model.ids import parse_trace_id
from fluoro.query.assemble import assemble
from fluoro.query.otel import otel_documents
from fluoro.query.render import render_segments
from fluoro.query.summaries import SummaryLimits
from fluoro.query.summaries import get_trace_summaries as query_summaries
from fluoro.query.traces import batch_get_traces as query_traces
from fluoro.server.services import Services
from fluoro.server.xray.scope import expressions
from fluoro.store.documents import read_documents

Json = dict[str, Any]


def batch_get_traces(services: Services, _context: Context, request: Json) -> Json:
    """Return up to five traces with their documents as X-Ray renders them."""
    return query_traces(services.engine, request, services.settings.trace_bytes_max)


def get_trace_summaries(services: Services, context: Context, request: Json) -> Json:
    """Return a page of the traces in a window that a filter selects."""
    limits = SummaryLimits(services.settings.window_hours_max or None)
    return query_summaries(services.engine, request, expressions(context), limits)


def list_retrieved_traces(services: Services, context: Context, request: Json) -> Json:
    """Return a page of retrieved traces, as segments or as spans."""
    return retrieval.list_retrieved_traces(request, context, read_retrieved(services))


_FORMS = {"XRAY": render_segments, "OTEL": otel_documents}


def read_retrieved(services: Services) -> retrieval.ReadTraces:
    """Return how retrieval reads traces in either format."""

    def read(ids: Sequence[str], form: str) -> list[retrieval.Retrieved]:
        raw = [parse_trace_id(one) for one in ids]
        found = read_documents(services.engine, raw)
        traces = [assemble(one, found[one]) for one in raw if one in found]
        return [
            retrieval.Retrieved(
                trace.id, trace.start, trace.duration, list(_FORMS[form](trace))
            )
            for trace in traces
        ]

    return read
