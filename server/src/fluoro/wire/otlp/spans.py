"""From documents to spans: the records of a document, whoever sent it.

A document that was made of a span gives that span back exactly. Documents of X-Ray's
own clients are read as the collector's X-Ray receiver reads them: a segment is a SERVER
span, a subsegment with a namespace a CLIENT span, the rest INTERNAL, and embedded
subsegments are spans of their own.
"""

from collections.abc import Iterator
from typing import Any

import orjson
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from fluoro.model.ids import format_entity_id, parse_entity_id, parse_trace_id
from fluoro.wire.otlp.record import Record, write_record
from fluoro.wire.otlp.segment import SERVICE_SEGMENT_OF

Document = dict[str, Any]

_HTTP = {
    ("request", "method"): "http.request.method",
    ("request", "url"): "url.full",
    ("request", "user_agent"): "user_agent.original",
    ("request", "client_ip"): "client.address",
    ("request", "x_forwarded_for"): "aws.xray.x_forwarded_for",
    ("request", "traced"): "aws.xray.traced",
    ("response", "status"): "http.response.status_code",
    ("response", "content_length"): "http.response.body.size",
}
_SQL = {
    "url": "db.url",
    "connection_string": "db.connection_string",
    "database_type": "db.system.name",
    "database_version": "db.version",
    "driver_version": "db.driver.version",
    "preparation": "db.preparation",
    "sanitized_query": "db.query.text",
    "user": "db.user",
}
_AWS_CALL = {
    "operation": "aws.operation",
    "account_id": "aws.account_id",
    "region": "aws.region",
    "request_id": "aws.request_id",
    "queue_url": "aws.queue_url",
    "table_name": "aws.table_name",
    "table_names": "aws.dynamodb.table_names",
    "bucket_name": "aws.s3.bucket",
    "topic_arn": "aws.sns.topic.arn",
    "function_name": "faas.invoked_name",
    "retries": "aws.xray.retries",
}
_AWS_RESOURCE = {
    ("ec2", "instance_id"): "host.id",
    ("ec2", "availability_zone"): "cloud.availability_zone",
    ("ec2", "instance_size"): "host.type",
    ("ec2", "ami_id"): "host.image.id",
    ("ecs", "container"): "container.name",
    ("ecs", "container_id"): "container.id",
    ("ecs", "container_arn"): "aws.ecs.container.arn",
    ("ecs", "cluster_arn"): "aws.ecs.cluster.arn",
    ("ecs", "task_arn"): "aws.ecs.task.arn",
    ("ecs", "task_family"): "aws.ecs.task.family",
    ("ecs", "launch_type"): "aws.ecs.launchtype",
    ("eks", "cluster_name"): "k8s.cluster.name",
    ("eks", "pod"): "k8s.pod.name",
    ("eks", "container_id"): "container.id",
    ("elastic_beanstalk", "environment"): "service.namespace",
    ("elastic_beanstalk", "environment_name"): "service.namespace",
    ("elastic_beanstalk", "version_label"): "service.version",
    ("elastic_beanstalk", "deployment_id"): "service.instance.id",
    ("xray", "sdk_version"): "telemetry.sdk.version",
}
_PLATFORMS = (
    ("AWS::AppRunner", "aws_app_runner"),
    ("AWS::EKS", "aws_eks"),
    ("AWS::ElasticBeanstalk", "aws_elastic_beanstalk"),
    ("AWS::ECS", "aws_ecs"),
    ("AWS::EC2", "aws_ec2"),
    ("AWS::Lambda", "aws_lambda"),
)
_EXCEPTION = {
    "id": "aws.xray.exception.id",
    "type": "exception.type",
    "message": "exception.message",
    "remote": "aws.xray.exception.remote",
    "truncated": "aws.xray.exception.truncated",
    "skipped": "aws.xray.exception.skipped",
    "cause": "aws.xray.exception.cause",
}
_SAMPLED = 1
"""The W3C flag: what X-Ray's clients send was sampled."""

_INT64 = 1 << 63
_MICROSECONDS_MAX = (2**64 - 1) // 1000


def records_of(document: Document) -> list[Record]:
    """Return the record of each span in a valid document; its own comes first.

    The segment half of a span that was split in two is no span and gives none.
    """
    resource = {"attributes": _resource(document)}
    return list(_walk(document, document, resource, document.get("parent_id")))


def _walk(
    root: Document, entity: Document, resource: Record, parent_id: str | None
) -> Iterator[Record]:
    """Yield the record of an entity of `root`, then those of its subsegments."""
    kept = _dict(_dict(entity.get("metadata")).get("otel"))
    if SERVICE_SEGMENT_OF not in kept:
        identity = _identity(root, entity, kept.get("parentSpanId", parent_id))
        yield _kept_record(identity, kept) or _record(root, entity, identity, resource)
    for child in entity.get("subsegments") or ():
        yield from _walk(root, child, resource, entity["id"])


def _kept_record(identity: Record, kept: dict[str, Any]) -> Record | None:
    """Return the record that an entity carries, None if it is not one of ours."""
    if not kept:
        return None
    record = identity | {k: v for k, v in kept.items() if k != "parentSpanId"}
    try:
        write_record(record)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return record


def _identity(root: Document, entity: Document, parent_id: Any) -> Record:
    """Return the members `traceId`, `spanId` and `parentSpanId`, in W3C's form."""
    trace_id = root["trace_id"].lower()
    made = {"traceId": trace_id[2:10] + trace_id[11:], "spanId": entity["id"].lower()}
    if isinstance(parent_id, str) and parent_id:
        made["parentSpanId"] = parent_id.lower()
    return made


def span_of(record: Record) -> ResourceSpans:
    """Return the span of a record, in its scope and resource, ready to export."""
    return write_record(record)


def _record(
    root: Document, entity: Document, identity: Record, resource: Record
) -> Record:
    """Return the record of an entity that an X-Ray client sent."""
    in_progress = entity.get("end_time") is None
    attributes = _attributes(entity)
    if in_progress:
        attributes["aws.xray.inprogress"] = True
    start = _nanoseconds(entity["start_time"])
    end = start if in_progress else _nanoseconds(entity["end_time"])
    record = identity | {
        "name": entity["name"],
        "kind": _kind(entity, attributes, root=entity is root),
        "startTimeUnixNano": start,
        "endTimeUnixNano": end,
        "flags": _SAMPLED,
        "attributes": attributes,
        "resource": resource,
        "status": _status(entity),
    }
    events = _events(entity, end)
    if events:
        record["events"] = events
    links = list(_links(entity))
    if links:
        record["links"] = links
    return record


def _nanoseconds(seconds: float) -> int:
    """X-Ray's times are good to the microsecond; OTLP has those of 1970 to 2554."""
    return min(max(0, round(seconds * 1e6)), _MICROSECONDS_MAX) * 1000


def _kind(entity: Document, attributes: dict[str, Any], *, root: bool) -> str:
    if "client.address" in attributes:
        return "SERVER"
    if entity.get("namespace") in {"aws", "remote"}:
        return "CLIENT"
    segment = root and entity.get("type") != "subsegment"
    return "SERVER" if segment else "INTERNAL"


def _status(entity: Document) -> dict[str, Any]:
    failed = any(entity.get(flag) is True for flag in ("error", "fault", "throttle"))
    return {"code": "ERROR" if failed else "UNSET"}


def _attributes(entity: Document) -> dict[str, Any]:
    """Return a subsegment's or segment's members as attributes, known ones by name."""
    made: dict[str, Any] = {}
    http = _dict(entity.get("http"))
    for (part, member), name in _HTTP.items():
        _put(made, name, _dict(http.get(part)).get(member))
    for member, name in _SQL.items():
        _put(made, name, _dict(entity.get("sql")).get(member))
    aws = _dict(entity.get("aws"))
    for member, name in _AWS_CALL.items():
        _put(made, name, aws.get(member))
    if entity.get("namespace") == "aws":
        _put(made, "aws.service", entity["name"])
        _put(made, "rpc.system", "aws-api")
    _put(made, "enduser.id", entity.get("user"))
    _put(made, "aws.xray.resource_arn", entity.get("resource_arn"))
    for flag in ("error", "fault", "throttle"):
        if entity.get(flag) is True:
            made[f"aws.xray.{flag}"] = True
    for key, value in _dict(entity.get("annotations")).items():
        if isinstance(value, str | int | float):
            _put(made, key, value)
    for namespace, value in _dict(entity.get("metadata")).items():
        made[f"aws.xray.metadata.{namespace}"] = orjson.dumps(value).decode()
    return made


def _put(made: dict[str, Any], name: str, value: Any) -> None:
    """Keep what OpenTelemetry has a type for; an object becomes its JSON text."""
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        made[name] = str(value)
    elif texts or isinstance(value, str | int | float):
        made[name] = value
    elif value is not None:
        made[name] = orjson.dumps(value).decode()


def _resource(document: Document) -> dict[str, Any]:
    made: dict[str, Any] = {}
    _put(made, "service.name", document.get("name"))
    origin = document.get("origin")
    aws = _dict(document.get("aws"))
    if isinstance(origin, str):
        platform = (name for prefix, name in _PLATFORMS if origin.startswith(prefix))
        made["cloud.provider"] = "aws"
        _put(made, "cloud.platform", next(platform, None))
        _put(made, "aws.xray.origin", origin)
    _put(made, "cloud.account.id", aws.get("account_id"))
    for (block, member), name in _AWS_RESOURCE.items():
        _put(made, name, _dict(aws.get(block)).get(member))
    sdk = _dict(aws.get("xray")).get("sdk")
    if isinstance(sdk, str):
        made["telemetry.sdk.name"], _, language = sdk.partition(" for ")
        _put(made, "telemetry.sdk.language", language.lower() or None)
    _put(made, "service.version", _dict(document.get("service")).get("version"))
    return made


def _events(entity: Document, time: int) -> list[dict[str, Any]]:
    """Return an event for each exception; a cause may only refer to one elsewhere."""
    cause = entity.get("cause")
    if isinstance(cause, str):
        cause = {"exceptions": [{"id": cause}]}
    exceptions = _dict(cause).get("exceptions")
    if not isinstance(exceptions, list):
        return []
    events = []
    for exception in exceptions:
        attributes: dict[str, Any] = {}
        for member, name in _EXCEPTION.items():
            _put(attributes, name, _dict(exception).get(member))
        _put(attributes, "exception.stacktrace", _stack(_dict(exception)))
        event = {"timeUnixNano": time, "name": "exception"}
        events.append(event | ({"attributes": attributes} if attributes else {}))
    return events


def _stack(exception: dict[str, Any]) -> str | None:
    """Write frames one a line, `label (path:line)`, innermost first."""
    frames = exception.get("stack")
    if not isinstance(frames, list) or not frames:
        return None
    title = f"{exception.get('type', '')}: {exception.get('message', '')}"
    lines = [
        f"\tat {_dict(frame).get('label')}"
        f"({_dict(frame).get('path')}:{_dict(frame).get('line')})"
        for frame in frames
    ]
    return "\n".join([title, *lines])


def _links(entity: Document) -> Iterator[dict[str, Any]]:
    links = entity.get("links")
    for link in links if isinstance(links, list) else ():
        try:
            trace_id = parse_trace_id(link["trace_id"]).hex()
            span_id = format_entity_id(parse_entity_id(link["id"]))
        except (KeyError, TypeError, ValueError):
            continue
        attributes: dict[str, Any] = {}
        for key, value in _dict(link.get("attributes")).items():
            _put(attributes, key, value)
        made = {"traceId": trace_id, "spanId": span_id}
        yield {**made, "attributes": attributes} if attributes else made


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
