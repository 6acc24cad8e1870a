"""Documents as BatchGetTraces answers them: what X-Ray makes of those sent.

Subsegments sent on their own stand inside their parents, members come in X-Ray's
order, times in its notation, and what its segment document schema does not know, or
what has another type there, is gone. What the schema leaves open (`metadata`, the
members of `aws` and `service`, links' attributes) passes through unread, so that no
number loses a digit and no nesting is too deep.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import orjson
from msgspec import Raw

from fluoro.model.inferred import aws_resource
from fluoro.query.inferred import queue_time
from fluoro.query.parts import Part, Trace

Members = Mapping[str, bytes]
"""The members of a JSON object, each value as JSON text."""

# What a member may hold: text, number, truth, or any object or list; a table describes
# an object, a table in a list a list of such objects; a tuple lists alternatives.
_TEXT, _NUMBER, _BOOL = b'"', b"-0123456789", b"tf"
_OBJECT, _LIST = b"{", b"["
_SCALAR = _TEXT + _NUMBER + _BOOL
_ANY_NAME = ""
"""Stands in a table for the members that it does not name."""

_HTTP_REQUEST = {
    "method": _TEXT,
    "url": _TEXT,
    "user_agent": _TEXT,
    "client_ip": _TEXT,
    "x_forwarded_for": _BOOL,
}
_HTTP_RESPONSE = {"status": _NUMBER, "content_length": _NUMBER + _TEXT}
_EXCEPTION = {
    "id": _TEXT,
    "message": _TEXT,
    "type": _TEXT,
    "remote": _BOOL,
    "truncated": _NUMBER,
    "skipped": _NUMBER,
    "cause": _TEXT,
    "stack": [{"path": _TEXT, "line": _NUMBER, "label": _TEXT}],
}
_CAUSE = {
    "id": _TEXT,
    "working_directory": _TEXT,
    "paths": _LIST,
    "exceptions": [_EXCEPTION],
}
_SQL = {
    "connection_string": _TEXT,
    "url": _TEXT,
    "sanitized_query": _TEXT,
    "database_type": _TEXT,
    "database_version": _TEXT,
    "driver_version": _TEXT,
    "user": _TEXT,
    "preparation": _TEXT,
}
_SCHEMA: dict[str, Any] = {
    "fault": _BOOL,
    "error": _BOOL,
    "throttle": _BOOL,
    "http": {"request": _HTTP_REQUEST, "response": _HTTP_RESPONSE},
    "aws": _OBJECT,
    "origin": _TEXT,
    "resource_arn": _TEXT,
    "user": _TEXT,
    "service": _OBJECT,
    "annotations": {_ANY_NAME: _SCALAR},
    "metadata": _OBJECT,
    "links": [{"trace_id": _TEXT, "id": _TEXT, "attributes": _OBJECT}],
    "sql": _SQL,
    "precursor_ids": _LIST,
    "traced": _BOOL,
    "namespace": _TEXT,
    "cause": (_TEXT, _CAUSE),
}
"""The members that are answered, in the order a segment has them."""

_SUBSEGMENT_ORDER = (
    *("fault", "error", "throttle", "http", "aws", "origin", "resource_arn", "user"),
    *("service", "annotations", "subsegments", "namespace", "cause", "metadata"),
    *("links", "sql", "precursor_ids", "traced"),
)
_SEGMENT_ORDER = (*_SCHEMA, "subsegments")
_COPIED_TO_INFERRED = ("fault", "error", "throttle", "http", "aws")

_decode_members = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list = msgspec.json.Decoder(list[Raw]).decode


def render_segments(trace: Trace) -> Iterator[tuple[str, str]]:
    """Yield the id and the document of each segment, first real, then inferred ones."""
    members = _known_members(trace)
    for segment in trace.segments:
        yield segment.id, _render(segment, members, trace.id).decode()
    for call_id, segment in trace.inferred.items():
        copied = members[call_id]
        members[segment.id] = {k: copied[k] for k in _COPIED_TO_INFERRED if k in copied}
        waiting = queue_time(trace.id, segment)
        shown = replace(segment, children=[waiting]) if waiting else segment
        yield segment.id, _render(shown, members, trace.id).decode()


def _render(part: Part, members: dict[str, Members], trace_id: str | None) -> bytes:
    """Return the document of a segment, or of a subsegment where `trace_id` is None."""
    own = dict(members.get(part.id, {}))
    if part.children:
        children = (_render(child, members, None) for child in part.children)
        own["subsegments"] = b"[" + b",".join(children) + b"]"
    shown = {
        "id": _text(part.id),
        "name": _text(part.name),
        "start_time": java_double(part.start).encode(),
    }
    if trace_id:
        shown["trace_id"] = _text(trace_id)
    if part.end is None:
        shown["in_progress"] = b"true"
    else:
        shown["end_time"] = java_double(part.end).encode()
    if trace_id and part.parent_id:
        shown["parent_id"] = _text(part.parent_id)
    if part.inferred:
        shown["inferred"] = b"true"
    if part.inferred and part.entity.origin:
        own["origin"] = _text(part.entity.origin)
    order = _SEGMENT_ORDER if part.segment else _SUBSEGMENT_ORDER
    shown.update((name, own[name]) for name in order if name in own)
    return _object(shown)


def java_double(number: float) -> str:
    """Write a number as Java does: `1.7901498788832488E9`, with every digit it has."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    sign, digits, _ = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    exponent = Decimal(repr(number)).adjusted()
    return f"{'-' * sign}{text[0]}.{text[1:] or '0'}E{exponent}"


def _known_members(trace: Trace) -> dict[str, Members]:
    """Return what is answered of each part's members, by the part's id."""
    sent: dict[int, list[Members]] = {}
    known = {}
    for part in trace.attached:
        document = id(part.document)
        if document not in sent:
            sent[document] = list(_members_of_each(part.document))
        shaped = _shape(sent[document][part.position], _SCHEMA)
        known[part.id] = _with_resource_names(part, shaped)
    return known


def _members_of_each(document: bytes) -> Iterator[Members]:
    """Yield the members of a document and of its subsegments, each before its own."""
    waiting = [document]
    while waiting:
        members = _members(waiting.pop())
        yield members
        children = bytes(members.get("subsegments", b""))
        if children[:1] == _LIST:
            waiting += reversed(_decode_list(children))


def _with_resource_names(part: Part, members: dict[str, bytes]) -> Members:
    """Recorded: a call to a known resource names it, whatever the client listed."""
    entity = part.entity
    if part.call and entity.namespace == "aws" and "aws" in members:
        resource = aws_resource(part.name, entity.aws)
        if resource:
            names = b"[" + _text(resource.name) + b"]"
            aws = {**_members(members["aws"]), "resource_names": names}
            return {**members, "aws": _object(aws)}
    return members


def _shape(members: Members, table: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the members that fit a table, in their order.

    Recorded: an empty `stack` is left out.
    """
    shaped = {}
    rest = table.get(_ANY_NAME, b"")
    for name, raw in members.items():
        value = _fit(bytes(raw), table.get(name, rest))
        if value is not None and (name, value) != ("stack", b"[]"):
            shaped[name] = value
    return shaped


def _fit(raw: bytes, kind: Any) -> bytes | None:
    """Return the part of a JSON value that fits, None where it is of another kind."""
    if isinstance(kind, tuple):
        fitting = (_fit(raw, alternative) for alternative in kind)
        return next((value for value in fitting if value is not None), None)
    if isinstance(kind, bytes):
        return raw if raw[:1] in kind and kind else None
    if isinstance(kind, list):
        if raw[:1] != _LIST:
            return None
        items = (_fit(bytes(item), kind[0]) for item in _decode_list(raw))
        return b"[" + b",".join(item for item in items if item is not None) + b"]"
    if raw[:1] != _OBJECT:
        return None
    return _object(_shape(_members(raw), kind))


def _members(raw: bytes) -> Members:
    try:
        return _decode_members(raw)
    except RecursionError:  # it nests as deep as the interpreter's stack
        return {}


def _object(members: Members) -> bytes:
    pairs = (_text(name) + b":" + bytes(value) for name, value in members.items())
    return b"{" + b",".join(pairs) + b"}"


def _text(text: str) -> bytes:
    return orjson.dumps(text)
