"""Which function answers which operation.

A handler takes the server's services, the call's context (when, by whom, for which
region) and the checked request, and returns the answer's members; it may raise the
errors of `model.errors`. Handlers block and run on threads, but for those that are
coroutines. An operation of the model without a handler answers that it is not built
yet.
"""

from collections.abc import Callable
from typing import Any

from fluoro.control.context import Context
from fluoro.server.services import Services
from fluoro.server.xray import control, graph, segments, traces

Handler = Callable[[Services, Context, dict[str, Any]], Any]

HANDLERS: dict[str, Handler] = {
    "PutTraceSegments": segments.put_trace_segments,
    "PutTelemetryRecords": segments.put_telemetry_records,
    "BatchGetTraces": traces.batch_get_traces,
    "GetTraceSummaries": traces.get_trace_summaries,
    "ListRetrievedTraces": traces.list_retrieved_traces,
    "GetTraceGraph": graph.get_trace_graph,
    "GetServiceGraph": graph.get_service_graph,
    "GetTimeSeriesServiceStatistics": graph.get_time_series,
    "GetRetrievedTracesGraph": graph.get_retrieved_traces_graph,
    **control.HANDLERS,
}
