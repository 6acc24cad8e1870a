"""From a document to rows: one for each segment or subsegment in it.

The tuple's order is the order of `ENTITY_COLUMNS`. Rows of one (trace_id, id) replace
each other in the engine by `version`: the first completed version wins for good, and
any completed one beats those in progress (recorded from the real service). A version
is made from the receipt stamp alone, so replaying a document changes nothing.
"""

import json
from typing import Any

import orjson

from fluoro.model.decode import decode_document
from fluoro.model.document import Aws, Entity, Http, Request, Response, decode_cause
from fluoro.model.flags import Flag
from fluoro.model.ids import parse_trace_id
from fluoro.model.inferred import node_of_call
from fluoro.model.limits import ANNOTATION_KEY_LENGTH_MAX
from fluoro.model.refusals import Refused

Row = tuple[Any, ...]

ENTITY_COLUMNS = (
    "trace_id",
    "id",
    "parent_id",
    "segment_id",
    "document_id",
    "version",
    "received_us",
    "start_us",
    "end_us",
    "flags",
    "http_status",
    "name",
    "node_name",
    "node_type",
    "http_method",
    "http_url",
    "user_agent",
    "client_ip",
    "user",
    "resource_arn",
    "instance_id",
    "availability_zone",
    "account_id",
    "region",
    "annotations",
    "exceptions",
    "cause_reference",
    "links",
)

# Plain numbers: reading an enum's value costs more than the test it serves.
_SEGMENT, _EMBEDDED, _ROOT = int(Flag.SEGMENT), int(Flag.EMBEDDED), int(Flag.ROOT)
_IN_PROGRESS, _ERROR, _FAULT, _THROTTLE, _IS_ERROR, _IS_FAULT, _IS_THROTTLE = (
    int(flag)
    for flag in (
        Flag.IN_PROGRESS,
        Flag.ERROR,
        Flag.FAULT,
        Flag.THROTTLE,
        Flag.IS_ERROR,
        Flag.IS_FAULT,
        Flag.IS_THROTTLE,
    )
)
_SQL, _TRACED = int(Flag.SQL), int(Flag.TRACED)
_NAMESPACES = {"remote": int(Flag.REMOTE), "aws": int(Flag.AWS)}

COMPLETED_VERSION = 1 << 63
_STAMP_MASK = (1 << 62) - 1
_NO_HTTP = Http()
_NO_REQUEST = Request()
_NO_RESPONSE = Response()
_NO_AWS = Aws()
# Shared, since each list or map of a waiting row is work for the garbage collector.
_NO_MAP: dict[str, str] = {}
_NO_LIST: list[Any] = []


def version_of(received_us: int, *, in_progress: bool) -> int:
    """Return the version: completed beats in progress, then first beats later."""
    if in_progress:
        return received_us
    return COMPLETED_VERSION | (_STAMP_MASK - received_us)


def flatten(document: Entity, received_us: int) -> list[Row]:
    """Return the rows of a validated document, the document's own row first.

    `received_us` is the receipt stamp in epoch microseconds, unique per document on
    one server. An id that occurs twice in the document is kept once.
    """
    trace_id = parse_trace_id(document.trace_id or "")
    own_id = int(document.id or "", 16)
    rows: list[Row] = []
    if document.is_subsegment:
        segment_id, flags = 0, 0
    else:
        segment_id, flags = own_id, _SEGMENT
    parent_id = int(document.parent_id, 16) if document.parent_id else 0
    if flags and not parent_id:
        flags |= _ROOT
    context = (trace_id, segment_id, own_id, received_us)
    _append(rows, document, context, own_id, parent_id, flags)
    if len(rows) > 1 and len({row[1] for row in rows}) < len(rows):
        rows = _without_repeats(rows)
    return rows


def rows_of(text: bytes, received_us: int) -> list[Row]:
    """Return the rows of a stored document; none where it can be read no more."""
    try:
        return flatten(decode_document(text)[0], received_us)
    except (Refused, RecursionError):
        return []


def _append(
    rows: list[Row],
    entity: Entity,
    context: tuple[bytes, int, int, int],
    entity_id: int,
    parent_id: int,
    flags: int,
) -> None:
    """Add the entity's row and its children's; position beats `parent_id`."""
    trace_id, segment_id, document_id, received_us = context
    http, aws = entity.http or _NO_HTTP, entity.aws or _NO_AWS
    request = http.request or _NO_REQUEST
    status = (http.response or _NO_RESPONSE).status or 0
    if not 0 <= status <= 65_535:
        status = 0
    end = entity.end_time
    if end is None:
        end_us, version = 0, received_us
    else:
        end_us = round(end * 1e6)
        version = COMPLETED_VERSION | (_STAMP_MASK - received_us)
    name = entity.name or ""
    namespace = entity.namespace
    if flags & _SEGMENT:
        node_name, node_type = name, entity.origin or ""
    elif namespace is None:
        node_name = node_type = ""
    else:
        node_name, node_type = node_of_call(name, namespace, aws, sql=entity.has_sql)
    ec2 = aws.ec2
    cause = decode_cause(entity.cause) if len(entity.cause) else None
    rows.append(
        (
            trace_id,
            entity_id,
            parent_id,
            segment_id,
            document_id,
            version,
            received_us,
            round((entity.start_time or 0.0) * 1e6),
            end_us,
            flags | _flags(entity, status, request),
            status,
            name,
            node_name,
            node_type,
            request.method or "",
            request.url or "",
            request.user_agent or "",
            request.client_ip or "",
            entity.user or "",
            entity.resource_arn or "",
            (ec2.instance_id or "") if ec2 else "",
            (ec2.availability_zone or "") if ec2 else "",
            aws.account_id or "",
            aws.region or "",
            _annotations(entity) if entity.annotations else _NO_MAP,
            [
                (_hex(e.id), e.type, e.message)  # (id, name, message)
                for e in cause.exceptions
            ]
            if cause
            else _NO_LIST,
            _reference(cause.reference) if cause else 0,
            _links(entity) if entity.links else _NO_LIST,
        )
    )
    for child in entity.subsegments or ():
        child_id = int(child.id or "", 16)
        _append(rows, child, context, child_id, entity_id, _EMBEDDED)


def _flags(entity: Entity, status: int, request: Request) -> int:
    """Return the bits of `Flag` that the entity's members set."""
    bits = _IN_PROGRESS if entity.end_time is None else 0
    if entity.throttle or status == 429:
        bits |= _IS_THROTTLE
    elif entity.error or 400 <= status < 500:
        bits |= _IS_ERROR
    if entity.fault or 500 <= status < 600:
        bits |= _IS_FAULT
    if entity.error:
        bits |= _ERROR
    if entity.fault:
        bits |= _FAULT
    if entity.throttle:
        bits |= _THROTTLE
    if entity.namespace is not None:
        bits |= _NAMESPACES.get(entity.namespace, 0)
    if entity.has_sql:
        bits |= _SQL
    if request.traced:
        bits |= _TRACED
    return bits


def encode_annotation(value: Any) -> str:
    """Return an annotation's value as the JSON text that the store compares."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value)


def _annotations(entity: Entity) -> dict[str, str]:
    return {
        key: encode_annotation(value)
        for key, value in (entity.annotations or {}).items()
        if 0 < len(key) <= ANNOTATION_KEY_LENGTH_MAX
    }


def _links(entity: Entity) -> list[tuple[bytes, int]]:
    """Return (trace id, entity id or 0) of each well-formed link."""
    links = []
    for link in entity.links or ():
        try:
            links.append((parse_trace_id(link.trace_id), _hex(link.id or "")))
        except ValueError:
            continue
    return links


def _hex(text: str) -> int:
    """Return the number of 16 hex digits, 0 for anything else."""
    try:
        return int.from_bytes(bytes.fromhex(text), "big") if len(text) == 16 else 0
    except ValueError:
        return 0


UNKNOWN_REFERENCE = 1
"""A cause that refers to something that is no exception id at all."""


def _reference(text: str | None) -> int:
    return 0 if text is None else _hex(text) or UNKNOWN_REFERENCE


def _without_repeats(rows: list[Row]) -> list[Row]:
    """Keep one row an id: the highest version, the earliest of equals."""
    version = ENTITY_COLUMNS.index("version")
    kept: dict[int, Row] = {}
    for row in rows:
        other = kept.get(row[1])
        if other is None or row[version] > other[version]:
            kept[row[1]] = row
    return list(kept.values())
