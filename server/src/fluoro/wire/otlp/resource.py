"""What all spans of one resource share in their documents, worked out once a request.

Rules: the collector's X-Ray exporter (`cloud.platform` gives the origin, other clouds
have neither origin nor `aws`).
"""

from dataclasses import dataclass
from typing import Any

import orjson
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from fluoro.wire.otlp.attributes import (
    EC2_MEMBERS,
    ECS_MEMBERS,
    ECS_ORIGINS,
    EKS_MEMBERS,
    ORIGINS,
    digits,
    text,
)
from fluoro.wire.otlp.options import RESOURCE_PREFIX, MappingOptions
from fluoro.wire.otlp.record import read_resource
from fluoro.wire.otlp.values import as_mapping


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """The parts of documents that come from a resource.

    `record` holds the members of the record and `aws_text` the block `aws`, both as
    JSON; `aws` is None in other clouds; `attributes` are the resource's own under their
    names in a segment.
    """

    record: dict[str, Any]
    attributes: dict[str, Any]
    service_name: str
    language: str
    origin: str | None
    service: dict[str, str] | None
    aws: dict[str, Any] | None
    aws_text: orjson.Fragment | None


def resource_facts(group: ResourceSpans, options: MappingOptions) -> ResourceFacts:
    """Return the facts of the resource of `group`."""
    record = read_resource(group)
    own = as_mapping(record.get("resource", {}).get("attributes", {}))
    in_aws = own.get("cloud.provider", "aws") in {"aws", ""}
    aws = _aws(own, options) if in_aws else None
    version = text(own, ("service.version", "container.image.tag"))
    return ResourceFacts(
        record={k: orjson.Fragment(orjson.dumps(v)) for k, v in record.items()},
        attributes={RESOURCE_PREFIX + key: value for key, value in own.items()},
        service_name=text(own, ("service.name",)),
        language=text(own, ("telemetry.sdk.language",)),
        origin=_origin(own) if in_aws else None,
        service={"version": version} if version else None,
        aws=aws,
        aws_text=orjson.Fragment(orjson.dumps(aws)) if aws else None,
    )


def _origin(own: dict[str, Any]) -> str | None:
    platform = text(own, ("cloud.platform",))
    if platform == "aws_ecs":
        launch_type = text(own, ("aws.ecs.launchtype",)).lower()
        return ECS_ORIGINS.get(launch_type, ORIGINS[platform])
    return ORIGINS.get(platform)


def _aws(own: dict[str, Any], options: MappingOptions) -> dict[str, Any]:
    platform = text(own, ("cloud.platform",))
    blocks = {
        "ec2": _members(own, EC2_MEMBERS)
        if platform == "aws_ec2" or text(own, ("host.id",))
        else {},
        "ecs": _members(own, ECS_MEMBERS) if platform == "aws_ecs" else {},
        "eks": _members(own, EKS_MEMBERS)
        if platform == "aws_eks" or text(own, ("k8s.cluster.name",))
        else {},
        "elastic_beanstalk": _beanstalk(own)
        if platform == "aws_elastic_beanstalk"
        else {},
        "cloudwatch_logs": _log_groups(own, options),
        "xray": _sdk(own),
    }
    account = text(own, ("cloud.account.id",))
    made: dict[str, Any] = {"account_id": account} if account else {}
    return made | {key: block for key, block in blocks.items() if block}


def _members(own: dict[str, Any], table: dict[str, str]) -> dict[str, str]:
    found = {member: text(own, (name,)) for member, name in table.items()}
    return {member: value for member, value in found.items() if value}


def _beanstalk(own: dict[str, Any]) -> dict[str, Any]:
    deployment = text(own, ("service.instance.id",))
    if not deployment:
        return {}
    members = {"environment": "service.namespace", "version_label": "service.version"}
    return {"deployment_id": digits(deployment) or 0, **_members(own, members)}


def _log_groups(own: dict[str, Any], options: MappingOptions) -> list[dict[str, str]]:
    """ARNs before names before the setting; a text may join several with `&`."""
    arns = _listed(own.get("aws.log.group.arns"))
    if arns:
        return [{"log_group": _group_of(arn), "arn": arn} for arn in arns]
    names = _listed(own.get("aws.log.group.names")) or options.log_groups
    return [{"log_group": name} for name in names]


def _listed(value: Any) -> list[str]:
    parts = value.split("&") if isinstance(value, str) else value
    if not isinstance(parts, list):
        return []
    return [part for part in parts if isinstance(part, str) and part]


def _group_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else arn


def _sdk(own: dict[str, Any]) -> dict[str, Any]:
    name, language = (
        text(own, ("telemetry.sdk.name",)),
        own.get("telemetry.sdk.language"),
    )
    if not name:
        return {}
    automatic = ("telemetry.auto.version", "telemetry.distro.version")
    made = {
        "sdk": f"{name} for {language}" if language else name,
        "sdk_version": text(own, ("telemetry.sdk.version",)),
        "auto_instrumentation": bool(text(own, automatic)),
    }
    return {key: value for key, value in made.items() if value != ""}
