"""Where segments go: `XRay` indexes every trace, `CloudWatchLogs` a part of them.

The record `setting/destination`. Fluoro keeps all documents in either case; with
`CloudWatchLogs` (X-Ray's Transaction Search) only the share of `control.indexing` can
be searched and graphed, and the rest is reached by retrieval.
"""

from typing import Any

from fluoro.control.context import Context
from fluoro.model.errors import InvalidRequestError
from fluoro.store.records import Records

KIND, KEY = "setting", "destination"
LOGS = "CloudWatchLogs"


def get_trace_segment_destination(
    _request: dict[str, Any], context: Context
) -> dict[str, Any]:
    """GetTraceSegmentDestination."""
    return {
        "CompositeConfiguration": None,
        "Destination": present_destination(context.records),
        "Status": "ACTIVE",
    }


def update_trace_segment_destination(
    request: dict[str, Any], context: Context
) -> dict[str, Any]:
    """UpdateTraceSegmentDestination: answers PENDING, and is in force in a second."""
    destination = request.get("Destination", "XRay")
    key = request.get("CloudWatchLogsConfiguration", {}).get("SpansLogGroupKmsKeyId")
    if key is not None:
        raise InvalidRequestError(
            "SpansLogGroupKmsKeyId cannot be set: Fluoro has no log groups. Use"
            " PutEncryptionConfig to encrypt what is stored."
        )
    context.records.put(KIND, KEY, {"destination": destination})
    return {
        "CompositeConfiguration": None,
        "Destination": destination,
        "Status": "PENDING",
    }


def present_destination(records: Records) -> str:
    """Return `XRay` or `CloudWatchLogs`, at most a second old."""
    record = records.recent(KIND).get(KEY)
    return str(record.value["destination"]) if record else "XRay"
