"""A trace as GetTraceSummaries lists it."""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from fluoro.model.document import Http, Request, Response
from fluoro.model.limits import ANNOTATION_KEY_LENGTH_MAX, RECEIPT_GAP_US
from fluoro.query.causes import failure_causes, response_time_causes
from fluoro.query.parts import Part, Trace

Json = dict[str, Any]

CLIENT_TYPE = "client"


def summarize(trace: Trace, matched_event_time: float | None = None) -> Json:
    """Return the `TraceSummary` with every member, times in epoch seconds.

    `matched_event_time` is given where traces were selected by the time of receipt
    (`TimeRangeType` Event). What concerns the request as a whole is the root's, the
    rest is every part's. Recorded: `StartTime` is cut to the second, durations are
    rounded to the millisecond.
    """
    root = trace.root
    entities = [part.entity for part in trace.parts.values()]
    hosts = [e.aws.ec2 for e in entities if e.aws and e.aws.ec2]
    return {
        "Id": trace.id,
        "StartTime": float(math.floor(trace.start)),
        "Duration": rounded(trace.duration),
        "ResponseTime": rounded(root.duration if root else None),
        **outcome(root),
        "IsPartial": is_partial(trace),
        "Http": _http(root),
        "Annotations": annotations_of(trace.parts.values()),
        "Users": [
            {"UserName": user, "ServiceIds": None}
            for user in _distinct(entity.user for entity in entities)
        ],
        "ServiceIds": _service_ids(trace),
        "ResourceARNs": _named("ARN", (entity.resource_arn for entity in entities)),
        "InstanceIds": _named("Id", (host.instance_id for host in hosts)),
        "AvailabilityZones": _named("Name", (host.availability_zone for host in hosts)),
        "EntryPoint": _service_id(*root.node) if root else None,
        "FaultRootCauses": failure_causes(trace, "fault"),
        "ErrorRootCauses": failure_causes(trace, "error"),
        "ResponseTimeRootCauses": response_time_causes(trace),
        "Revision": revision(trace.receipts),
        "MatchedEventTime": matched_event_time,
        "MatchedService": None,
        "MatchedEdge": None,
    }


def outcome(root: Part | None) -> dict[str, bool]:
    """Return the three flags of the root: as sent, or by its HTTP status.

    Recorded: a throttled request is no error.
    """
    if root is None:
        return {"HasFault": False, "HasError": False, "HasThrottle": False}
    entity = root.entity
    http = entity.http or Http()
    status = (http.response or Response()).status or 0
    throttle = entity.throttle or status == 429
    return {
        "HasFault": entity.fault or 500 <= status < 600,
        "HasError": not throttle and (entity.error or 400 <= status < 500),
        "HasThrottle": throttle,
    }


def is_partial(trace: Trace) -> bool:
    """Say whether something is known to be missing.

    That is: a parent, an end, or the segment that a call with `http.request.traced`
    promises.
    """
    for part in trace.parts.values():
        if part.end is None or not part.owner:
            return True
        if part.segment and part.parent_id and part.parent_id not in trace.parts:
            return True
        http = part.entity.http
        promised = http and http.request and http.request.traced
        if promised and not part.segment and part.id not in trace.callees:
            return True
    return False


def revision(receipts: list[int]) -> int:
    """Return how many receipts changed the trace, given their sorted stamps.

    Stamps are unique per document; those of one call follow each other closely.
    """
    gaps = (later - earlier for earlier, later in pairwise(receipts))
    return 1 + sum(gap > RECEIPT_GAP_US for gap in gaps)


def rounded(seconds: float | None) -> float | None:
    """Round to milliseconds; a negative time is none."""
    return None if seconds is None or seconds < 0 else round(seconds, 3)


def _http(root: Part | None) -> Json:
    http = (root.entity.http if root else None) or Http()
    request, response = http.request or Request(), http.response or Response()
    return {
        "HttpURL": request.url,
        "HttpStatus": response.status,
        "HttpMethod": request.method,
        "UserAgent": request.user_agent,
        "ClientIp": request.client_ip,
    }


def annotations_of(parts: Iterable[Part]) -> dict[str, list[Json]]:
    """Return each key's distinct values over all parts."""
    found: dict[str, dict[tuple[str, Any], Json]] = {}
    for part in parts:
        for key, value in (part.entity.annotations or {}).items():
            if 0 < len(key) <= ANNOTATION_KEY_LENGTH_MAX:
                typed = _annotation(value)
                shape = dict.fromkeys(_VALUE_MEMBERS) | dict([typed])
                found.setdefault(key, {}).setdefault(
                    typed, {"AnnotationValue": shape, "ServiceIds": None}
                )
    return {key: list(values.values()) for key, values in found.items()}


_VALUE_MEMBERS = ("NumberValue", "BooleanValue", "StringValue")


def _annotation(value: str | float | bool) -> tuple[str, str | float | bool]:
    """Return the member of `AnnotationValue` that a value belongs in, and the value."""
    if isinstance(value, bool):
        return "BooleanValue", value
    if isinstance(value, str):
        return "StringValue", value
    try:
        return "NumberValue", float(value)
    except OverflowError:
        return "StringValue", str(value)


def _service_ids(trace: Trace) -> list[Json]:
    """Return one id a node: the client of each root, segments, and inferred ones."""
    clients = [(s.name, CLIENT_TYPE) for s in trace.segments if not s.parent_id]
    reported = [tuple(segment.node) for segment in trace.segments]
    inferred = [tuple(segment.node) for segment in trace.inferred.values()]
    return [_service_id(*node) for node in dict.fromkeys(clients + reported + inferred)]


def _service_id(name: str, kind: str) -> Json:
    return {"Name": name, "Names": [name], "AccountId": None, "Type": kind or None}


def _named(member: str, values: Iterable[str | None]) -> list[Json]:
    return [{member: value} for value in _distinct(values)]


def _distinct(values: Iterable[str | None]) -> list[str]:
    """Return the values that are set, each once, the first first."""
    return list(dict.fromkeys(value for value in values if value))
