"""Which function answers which operation.

A handler takes the server's services and the checked request and returns the answer's
members; it may raise the errors of `model.errors`. Handlers block and run on threads,
but for those that are coroutines. An operation of the model without a handler answers
that it is not built yet.
"""

from collections.abc import Callable
from typing import Any

from fluoro.server.services import Services
from fluoro.server.xray import segments, traces

Request = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[Services, Request], Any]

HANDLERS: dict[str, Handler] = {
    "PutTraceSegments": segments.put_trace_segments,
    "BatchGetTraces": traces.batch_get_traces,
    "PutTelemetryRecords": segments.put_telemetry_records,
}
