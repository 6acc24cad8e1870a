"""From a span to its segment document, by the rules of the collector's X-Ray exporter.

A span without parent, or of kind SERVER, is a segment; every other span is an
independent subsegment. A span that calls out and is the root of its service
(`aws.span.kind` = LOCAL_ROOT) becomes two: a subsegment for the call, with the span's
own id, below a segment for the service, whose id is derived from the span's.

Nothing is lost: `metadata.otel` holds the span's record (see `record`), from which
`spans.records_of` gives the span back exactly.
"""

from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from fluoro.model.ids import format_trace_id
from fluoro.wire.otlp.blocks import aws_call, http_block, sql_block
from fluoro.wire.otlp.cause import cause_block, derived_id, flags
from fluoro.wire.otlp.naming import (
    CALLING_KINDS,
    LOCAL_ROOT,
    clean_name,
    name_of,
    namespace_of,
    remote_service,
)
from fluoro.wire.otlp.options import MappingOptions
from fluoro.wire.otlp.record import read_span
from fluoro.wire.otlp.resource import ResourceFacts
from fluoro.wire.otlp.searchable import RECORD_NAMESPACE, searchable

Document = dict[str, Any]

NO_PARENT = b"\0" * 8
SERVICE_SEGMENT_OF = "serviceSegmentOf"
"""The one member of `metadata.otel` in the segment half of a span split in two."""

_SERVICE_DROPS = (
    "aws.remote.service",
    "aws.remote.operation",
    "remoteTarget",
    "K8s.RemoteNamespace",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a span's resource and scope add to its documents.

    `record` holds the members of the record that come from them.
    """

    resource: ResourceFacts
    record: dict[str, Any]
    options: MappingOptions


def documents_of(span: Span, around: Surroundings) -> list[Document]:
    """Return the one or two documents of a span whose ids are well formed."""
    record, attributes = read_span(span)
    kind = record["kind"]
    local_root = attributes.get("aws.span.kind") == LOCAL_ROOT
    split = local_root and kind in CALLING_KINDS
    parent = span.parent_span_id
    has_parent = bool(parent) and parent != NO_PARENT
    segment = not split and (local_root or kind == "SERVER" or not has_parent)
    document: Document = {
        "trace_id": format_trace_id(span.trace_id),
        "id": span.span_id.hex(),
        "name": name_of(span.name, kind, attributes, around.resource.service_name),
        "start_time": record["startTimeUnixNano"] / 1e9,
    }
    end = record["endTimeUnixNano"]
    if end and attributes.get("aws.xray.inprogress") is not True:
        document["end_time"] = end / 1e9
    else:
        document["in_progress"] = True
    if has_parent:
        document["parent_id"] = parent.hex()
    elif parent:
        record["parentSpanId"] = parent.hex()
    if not segment:
        document["type"] = "subsegment"
    namespace = namespace_of(kind, attributes, segment=segment)
    if namespace and not (local_root and segment):
        document["namespace"] = namespace
    _fill(document, span, record, attributes, around, segment=segment)
    if not split:
        return [document]
    return [document, _split(document, span, attributes, around, kind)]


def _fill(
    document: Document,
    span: Span,
    record: dict[str, Any],
    attributes: dict[str, Any],
    around: Surroundings,
    *,
    segment: bool,
) -> None:
    """Add the blocks of one span, and last its record."""
    resource, options = around.resource, around.options
    rest = dict(attributes)
    if resource.origin:
        document["origin"] = resource.origin
    if resource.service:
        document["service"] = resource.service
    http = http_block(record["kind"], rest, record.get("events", []))
    failed = record.get("status", {}).get("code") == "ERROR"
    document["error"], document["fault"], document["throttle"] = flags(
        http, failed=failed
    )
    if http:
        document["http"] = http
    if resource.aws is not None:
        call = aws_call(rest)
        if call:
            document["aws"] = {**resource.aws, **call}
        elif resource.aws_text:
            document["aws"] = resource.aws_text
    sql = sql_block(record["name"], rest)
    if sql:
        document["sql"] = sql
    if failed or "events" in record:
        cause = cause_block(record, rest, resource.language, _seed(span))
        if cause:
            document["cause"] = cause
    user = rest.get("enduser.id")
    if user and type(user) is str:
        document["user"] = user
        del rest["enduser.id"]
    if "links" in record:
        links = _links(record["links"])
        if links:
            document["links"] = links
    own = resource.attributes if segment else {}
    annotations, metadata = searchable(attributes, rest, own, options)
    if annotations:
        document["annotations"] = annotations
    record.update(around.record)
    metadata[RECORD_NAMESPACE] = record
    document["metadata"] = metadata


def _seed(span: Span) -> bytes:
    """Return what ids are made of that a span's documents need beside its own."""
    return span.trace_id + span.span_id


def _links(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the links whose ids X-Ray can write; the record has all of them."""
    made = []
    for link in links:
        if len(link["traceId"]) == 32 and len(link["spanId"]) == 16:
            trace_id = link["traceId"]
            entry = {
                "trace_id": f"1-{trace_id[:8]}-{trace_id[8:]}",
                "id": link["spanId"],
            }
            if "attributes" in link:
                entry["attributes"] = link["attributes"]
            made.append(entry)
    return made


def _split(
    call: Document,
    span: Span,
    attributes: dict[str, Any],
    around: Surroundings,
    kind: Any,
) -> Document:
    """Make `call` the subsegment of a service segment, and return that segment."""
    service = dict(call)
    service["id"] = derived_id(_seed(span), b"service segment")
    service["name"] = clean_name(
        str(attributes.get("aws.local.service") or "") or call["name"]
    )
    for member in ("type", "namespace", "http", "sql", "aws"):
        service.pop(member, None)
    if around.resource.aws_text:
        service["aws"] = around.resource.aws_text
    annotations = dict(call.get("annotations", {}))
    for key in _SERVICE_DROPS:
        annotations.pop(key, None)
    if annotations:
        service["annotations"] = annotations
    _, metadata = searchable({}, {}, around.resource.attributes, around.options)
    metadata[RECORD_NAMESPACE] = {SERVICE_SEGMENT_OF: call["id"]}
    service["metadata"] = metadata
    record = call["metadata"][RECORD_NAMESPACE]
    record["parentSpanId"] = call.pop("parent_id", record.get("parentSpanId", ""))
    call["parent_id"] = service["id"]
    call["name"] = clean_name(remote_service(attributes) or call["name"])
    call.setdefault("namespace", "remote")
    (call if kind == "CONSUMER" else service).pop("links", None)
    return service
