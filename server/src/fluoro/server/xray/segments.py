"""PutTraceSegments and PutTelemetryRecords."""

from typing import Any

from fluoro.control.context import Context
from fluoro.model.errors import InvalidRequestError
from fluoro.model.limits import DOCUMENTS_PER_CALL_MAX
from fluoro.server.services import Services


async def put_trace_segments(
    services: Services, _context: Context, request: dict[str, Any]
) -> dict[str, Any]:
    """Take in up to 50 documents; answer once those that are fine are synced.

    A bad document is listed under `UnprocessedTraceSegments`, in the order sent, with
    its id (null when unknown), X-Ray's code and a text that names the field.
    """
    documents = request["TraceSegmentDocuments"]
    if not documents:
        raise InvalidRequestError("Segments can not be empty")
    if len(documents) > DOCUMENTS_PER_CALL_MAX:
        raise InvalidRequestError(
            f"Exceeding maximum segment count: {DOCUMENTS_PER_CALL_MAX}"
        )
    refusals = await services.intake.put(documents)
    return {
        "UnprocessedTraceSegments": [
            {
                "ErrorCode": refused.code,
                "Id": refused.document_id,
                "Message": str(refused),
            }
            for refused in refusals
            if refused is not None
        ]
    }


def put_telemetry_records(
    _services: Services, _context: Context, request: dict[str, Any]
) -> dict[str, Any]:
    """Accept the daemon's own counters; nothing can be read back (recorded)."""
    if not request["TelemetryRecords"]:
        raise InvalidRequestError("Telemetry records cannot be empty")
    return {}
