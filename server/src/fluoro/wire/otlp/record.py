"""A span as one JSON object that keeps every field: the record.

It is laid out as AWS lays out the records of its `aws/spans` log group (kinds and
status codes by name, attributes as objects), and `values` says how attribute values are
written. A segment document made of a span carries its record as `metadata.otel`,
without what the document itself says (trace id, span id, parent id). Members that have
OTLP's default value are left out. Times are integers, in nanoseconds.
"""

from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import EntityRef, InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import (
    ResourceSpans,
    ScopeSpans,
    Span,
    Status,
)

from fluoro.wire.otlp.values import Pairs, as_mapping, key_values, pairs_of

Record = dict[str, Any]

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUS_CODES = ("UNSET", "OK", "ERROR")


def read_span(span: Span) -> tuple[Record, dict[str, Any]]:
    """Return the span's record without ids, resource and scope; and its attributes."""
    kind = span.kind
    record: Record = {
        "name": span.name,
        "kind": KINDS[kind] if 0 <= kind < 6 else kind,
        "startTimeUnixNano": span.start_time_unix_nano,
        "endTimeUnixNano": span.end_time_unix_nano,
    }
    pairs = pairs_of(span.attributes)
    if pairs:
        record["attributes"] = pairs
    if span.flags:
        record["flags"] = span.flags
    if span.trace_state:
        record["traceState"] = span.trace_state
    if span.events:
        record["events"] = [_read_event(event) for event in span.events]
    if span.links:
        record["links"] = [_read_link(link) for link in span.links]
    if span.HasField("status"):
        record["status"] = _read_status(span.status)
    if span.dropped_attributes_count:
        record["droppedAttributesCount"] = span.dropped_attributes_count
    if span.dropped_events_count:
        record["droppedEventsCount"] = span.dropped_events_count
    if span.dropped_links_count:
        record["droppedLinksCount"] = span.dropped_links_count
    return record, as_mapping(pairs)


def _read_status(status: Status) -> dict[str, Any]:
    code = status.code
    made: dict[str, Any] = {"code": STATUS_CODES[code] if 0 <= code < 3 else code}
    if status.message:
        made["message"] = status.message
    return made


def _read_event(event: Span.Event) -> dict[str, Any]:
    made = {"timeUnixNano": event.time_unix_nano, "name": event.name}
    return _with_attributes(made, event)


def _read_link(link: Span.Link) -> dict[str, Any]:
    made: dict[str, Any] = {
        "traceId": link.trace_id.hex(),
        "spanId": link.span_id.hex(),
    }
    if link.trace_state:
        made["traceState"] = link.trace_state
    if link.flags:
        made["flags"] = link.flags
    return _with_attributes(made, link)


def read_resource(group: ResourceSpans) -> dict[str, Any]:
    """Return the members `resource` and `resourceSchemaUrl` of a record."""
    made: dict[str, Any] = {}
    if group.HasField("resource"):
        made["resource"] = _with_attributes({}, group.resource)
        if group.resource.entity_refs:
            made["resource"]["entityRefs"] = [
                _read_entity(entity) for entity in group.resource.entity_refs
            ]
    if group.schema_url:
        made["resourceSchemaUrl"] = group.schema_url
    return made


def _read_entity(entity: EntityRef) -> dict[str, Any]:
    return {
        "schemaUrl": entity.schema_url,
        "type": entity.type,
        "idKeys": list(entity.id_keys),
        "descriptionKeys": list(entity.description_keys),
    }


def read_scope(group: ScopeSpans) -> dict[str, Any]:
    """Return the members `scope` and `scopeSchemaUrl` of a record."""
    made: dict[str, Any] = {}
    if group.HasField("scope"):
        scope = {"name": group.scope.name, "version": group.scope.version}
        named = {key: text for key, text in scope.items() if text}
        made["scope"] = _with_attributes(named, group.scope)
    if group.schema_url:
        made["scopeSchemaUrl"] = group.schema_url
    return made


def _with_attributes(
    made: dict[str, Any],
    message: Span.Event | Span.Link | Resource | InstrumentationScope,
) -> dict[str, Any]:
    if message.attributes:
        made["attributes"] = pairs_of(message.attributes)
    if message.dropped_attributes_count:
        made["droppedAttributesCount"] = message.dropped_attributes_count
    return made


def write_record(record: Record) -> ResourceSpans:
    """Return the span of a whole record, in its scope and resource.

    Raises KeyError, TypeError, ValueError or AttributeError for what is no record.
    """
    made = ResourceSpans(schema_url=record.get("resourceSchemaUrl", ""))
    if "resource" in record:
        resource = record["resource"]
        made.resource.CopyFrom(Resource(**_attributes(resource)))
        made.resource.entity_refs.extend(
            EntityRef(
                schema_url=entity["schemaUrl"],
                type=entity["type"],
                id_keys=entity["idKeys"],
                description_keys=entity["descriptionKeys"],
            )
            for entity in resource.get("entityRefs", ())
        )
    scoped = made.scope_spans.add(schema_url=record.get("scopeSchemaUrl", ""))
    if "scope" in record:
        scope = record["scope"]
        scoped.scope.CopyFrom(
            InstrumentationScope(
                name=scope.get("name", ""),
                version=scope.get("version", ""),
                **_attributes(scope),
            )
        )
    scoped.spans.append(_write_span(record))
    return made


def _write_span(record: Record) -> Span:
    made = Span(
        trace_id=bytes.fromhex(record["traceId"]),
        span_id=bytes.fromhex(record["spanId"]),
        parent_span_id=bytes.fromhex(record.get("parentSpanId", "")),
        name=record["name"],
        kind=_number(KINDS, record["kind"]),  # type: ignore[arg-type]
        start_time_unix_nano=record["startTimeUnixNano"],
        end_time_unix_nano=record["endTimeUnixNano"],
        flags=record.get("flags", 0),
        trace_state=record.get("traceState", ""),
        events=[_write_event(event) for event in record.get("events", ())],
        links=[_write_link(link) for link in record.get("links", ())],
        dropped_events_count=record.get("droppedEventsCount", 0),
        dropped_links_count=record.get("droppedLinksCount", 0),
        **_attributes(record),
    )
    if "status" in record:
        status = record["status"]
        made.status.CopyFrom(
            Status(
                code=_number(STATUS_CODES, status["code"]),  # type: ignore[arg-type]
                message=status.get("message", ""),
            )
        )
    return made


def _write_event(event: dict[str, Any]) -> Span.Event:
    return Span.Event(
        time_unix_nano=event["timeUnixNano"], name=event["name"], **_attributes(event)
    )


def _write_link(link: dict[str, Any]) -> Span.Link:
    return Span.Link(
        trace_id=bytes.fromhex(link["traceId"]),
        span_id=bytes.fromhex(link["spanId"]),
        trace_state=link.get("traceState", ""),
        flags=link.get("flags", 0),
        **_attributes(link),
    )


def _attributes(made: dict[str, Any]) -> dict[str, Any]:
    """Return the two fields that spans, events, links, resources and scopes share."""
    pairs: Pairs | None = made.get("attributes")
    return {
        "attributes": list(key_values(pairs)),
        "dropped_attributes_count": made.get("droppedAttributesCount", 0),
    }


def _number(names: tuple[str, ...], word: str | int) -> int:
    return names.index(word) if isinstance(word, str) else word
