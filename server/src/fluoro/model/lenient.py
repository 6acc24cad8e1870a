"""The slow road: documents with members of the wrong type, NaN, or broken text."""

import json
import math
from typing import Any

from msgspec import Raw

from fluoro.model.document import (
    NOTHING,
    Aws,
    Ec2,
    Entity,
    Http,
    Link,
    Request,
    Response,
    Scalar,
)
from fluoro.model.limits import SUBSEGMENT_DEPTH_MAX
from fluoro.model.refusals import Refused


def decode_leniently(raw: str | bytes) -> tuple[Entity, bytes]:
    """Return the document and its text with what is no JSON replaced.

    NaN and infinities become null, broken UTF-8 becomes U+FFFD. Raises Refused for
    what is no JSON object.
    """
    try:
        if isinstance(raw, bytes):
            raw = raw.decode("utf-8", "replace")
        value = json.loads(raw, parse_constant=lambda _: None)
    except RecursionError:
        raise Refused("ParseError", "the document nests too deeply") from None
    except ValueError as error:
        raise Refused("ParseError", f"the document is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refused(
            "ParseError",
            f"the document is a {_json_type(value)}, not an object",
            kind="entity",
        )
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        entity = _entity(value, value.get("id"), 0)
    except RecursionError:
        raise Refused("ParseError", "the document nests too deeply") from None
    return entity, text.encode("utf-8", "replace")


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _entity(value: dict[str, Any], root_id: Any, depth: int) -> Entity:
    if depth > SUBSEGMENT_DEPTH_MAX:
        raise Refused(
            "ParseError",
            f"subsegments nest deeper than {SUBSEGMENT_DEPTH_MAX}",
            kind="subsegment",
            document_id=root_id,
        )
    texts = {
        key: _text(value, key)
        for key in ("trace_id", "namespace", "origin", "user", "resource_arn", "name")
    }
    entity_type = value.get("type")
    return Entity(
        id=_loud_text(value, "id"),
        parent_id=_loud_text(value, "parent_id"),
        start_time=_number(value, "start_time"),
        end_time=_number(value, "end_time"),
        in_progress=value.get("in_progress") is True,
        type=None if entity_type is None else str(entity_type),
        error=value.get("error") is True,
        fault=value.get("fault") is True,
        throttle=value.get("throttle") is True,
        http=_http(value.get("http")),
        aws=_aws(value.get("aws")),
        sql=_raw(value.get("sql"), dict),
        cause=_raw(value.get("cause"), (dict, str)),
        annotations=_annotations(value.get("annotations")),
        links=_links(value.get("links")),
        subsegments=_subsegments(value.get("subsegments"), root_id, depth),
        **texts,
    )


def _subsegments(value: Any, root_id: Any, depth: int) -> list[Entity] | None:
    if not isinstance(value, list):
        return None  # recorded: anything but a list is treated as no children
    children = []
    for child in value:
        if not isinstance(child, dict):
            raise Refused(
                "ParseError",
                f"an element of subsegments is a {_json_type(child)}, not an object",
                kind="entity",
                document_id=root_id,
            )
        children.append(_entity(child, root_id, depth + 1))
    return children


def _text(value: dict[str, Any], key: str) -> str | None:
    text = value.get(key)
    if not isinstance(text, str):
        return None
    return text.encode("utf-8", "replace").decode()


def _loud_text(value: dict[str, Any], key: str) -> str | None:
    """Keep an id of the wrong type as text, so that the refusal can show it."""
    text = value.get(key)
    return None if text is None else str(text)


def _number(value: dict[str, Any], key: str) -> float | None:
    number = value.get(key)
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _http(value: Any) -> Http | None:
    if not isinstance(value, dict):
        return None
    request, response = value.get("request"), value.get("response")
    made = Http()
    if isinstance(request, dict):
        texts = {k: _text(request, k) for k in ("method", "url", "user_agent")}
        made.request = Request(
            client_ip=_text(request, "client_ip"),
            traced=request.get("traced") is True,
            **texts,
        )
    if isinstance(response, dict):
        status = _number(response, "status")
        whole = status is not None and math.isfinite(status)
        made.response = Response(int(status) if status and whole else None)
    return made


def _aws(value: Any) -> Aws | None:
    if not isinstance(value, dict):
        return None
    made = Aws()
    for key in Aws.__struct_fields__:
        setattr(made, key, _text(value, key))
    ec2 = value.get("ec2")
    if isinstance(ec2, dict):
        made.ec2 = Ec2(_text(ec2, "instance_id"), _text(ec2, "availability_zone"))
    return made


def _raw(value: Any, types: type | tuple[type, ...]) -> Raw:
    if not isinstance(value, types):
        return NOTHING
    return Raw(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _annotations(value: Any) -> dict[str, Scalar] | None:
    if not isinstance(value, dict):
        return None
    return {
        key.encode("utf-8", "replace").decode(): (
            item.encode("utf-8", "replace").decode() if isinstance(item, str) else item
        )
        for key, item in value.items()
        if isinstance(item, str | int | float)
    }


def _links(value: Any) -> list[Link] | None:
    if not isinstance(value, list):
        return None
    return [
        Link(link["trace_id"], _text(link, "id"))
        for link in value
        if isinstance(link, dict) and isinstance(link.get("trace_id"), str)
    ]
