"""OTLP's own JSON, to protobuf messages and back.

It is protobuf's JSON with differences (OTLP specification, "JSON Protobuf Encoding"):
ids are hex, enumerations are numbers. Reading also takes enumerations by name and
members by protobuf's names, and ignores what it does not know; 64-bit integers are
texts, numbers are taken as well.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.model.limits import OTLP_VALUE_DEPTH_MAX

_IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
_FIXED_DEPTH = 8
"""Levels of messages from a request down to an attribute's value, and some room."""

_LEVELS_PER_VALUE = 3
"""A key-value list in a key-value list is three messages deeper."""

Reader = Callable[[Any], Any]


class OtlpJsonError(ValueError):
    """The JSON is no OTLP; the text names the member."""


def read_request(value: Any) -> ExportTraceServiceRequest:
    """Return the export request that parsed JSON holds; raise OtlpJsonError."""
    request = ExportTraceServiceRequest()
    _read(request, value, "", _FIXED_DEPTH + _LEVELS_PER_VALUE * OTLP_VALUE_DEPTH_MAX)
    return request


def _read(message: Message, value: Any, path: str, depth: int) -> None:
    """Fill `message` from a JSON object found at `path`."""
    if not isinstance(value, dict):
        raise OtlpJsonError(f"{path or 'the body'} is not an object")
    if depth < 0:
        raise OtlpJsonError(f"{path[:200]} nests too deeply")
    plan = _readers(message.DESCRIPTOR)
    for key, member in value.items():
        if member is None or key not in plan:
            continue
        field, reader = plan[key]
        where = f"{path}.{key}" if path else key
        if field.is_repeated:
            _read_list(getattr(message, field.name), reader, member, where, depth)
        elif reader is None:
            inner = getattr(message, field.name)
            inner.SetInParent()
            _read(inner, member, where, depth - 1)
        else:
            _set(message, field.name, reader, member, where)


def _read_list(
    target: Any, reader: Reader | None, member: Any, where: str, depth: int
) -> None:
    if not isinstance(member, list):
        raise OtlpJsonError(f"{where} is not a list")
    for number, item in enumerate(member):
        place = f"{where}[{number}]"
        if reader is None:
            _read(target.add(), item, place, depth - 1)
        else:
            target.append(_converted(reader, item, place))


def _set(message: Message, name: str, reader: Reader, value: Any, where: str) -> None:
    made = _converted(reader, value, where)
    try:
        setattr(message, name, made)
    except (TypeError, ValueError):
        raise OtlpJsonError(f"{where} is {_shown(value)}, out of range") from None


def _converted(reader: Reader, value: Any, where: str) -> Any:
    try:
        return reader(value)
    except (TypeError, ValueError, KeyError, OverflowError):
        raise OtlpJsonError(f"{where} is {_shown(value)}") from None


def _shown(value: Any) -> str:
    return repr(value)[:80]


@cache
def _readers(
    descriptor: Descriptor,
) -> dict[str, tuple[FieldDescriptor, Reader | None]]:
    """Return, by both its names, each field with its reader; None is a message."""
    plan: dict[str, tuple[FieldDescriptor, Reader | None]] = {}
    for field in descriptor.fields:
        plan[field.json_name] = plan[field.name] = (field, _reader(field))
    return plan


def _reader(field: FieldDescriptor) -> Reader | None:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return None
    if field.name in _IDS:
        return bytes.fromhex
    if field.type == FieldDescriptor.TYPE_ENUM:
        return _enumeration(field)
    reader: Reader = _SCALARS.get(field.type, _integer)
    return reader


def _enumeration(field: FieldDescriptor) -> Reader:
    names = {value.name: value.number for value in field.enum_type.values}

    def read(value: Any) -> int:
        return names[value] if isinstance(value, str) else _integer(value)

    return read


def _integer(value: Any) -> int:
    """Return a whole number, given as such, as text, or as `1.0`."""
    if isinstance(value, bool):
        raise TypeError
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError
    return number


def _double(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _typed(kind: type) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return value

    return read


def _base64(value: str) -> bytes:
    standard = value.replace("-", "+").replace("_", "/").rstrip("=")
    return b64decode(standard + "=" * (-len(standard) % 4), validate=True)


_SCALARS: dict[int, Reader] = {
    FieldDescriptor.TYPE_STRING: _typed(str),
    FieldDescriptor.TYPE_BOOL: _typed(bool),
    FieldDescriptor.TYPE_BYTES: _base64,
    FieldDescriptor.TYPE_DOUBLE: _double,
}

_LONG = frozenset(
    {
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_FIXED64,
        FieldDescriptor.TYPE_SFIXED64,
    }
)


def write_json(message: Message) -> dict[str, Any]:
    """Return a message as OTLP JSON values; members that are not set are left out."""
    made: dict[str, Any] = {}
    for field, value in message.ListFields():
        write = _writer(field)
        made[field.json_name] = (
            [write(item) for item in value] if field.is_repeated else write(value)
        )
    return made


@cache
def _writer(field: FieldDescriptor) -> Callable[[Any], Any]:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return write_json
    if field.name in _IDS:
        return bytes.hex
    if field.type == FieldDescriptor.TYPE_BYTES:
        return lambda value: b64encode(value).decode()
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return lambda value: value if math.isfinite(value) else _DOUBLES[str(value)]
    return str if field.type in _LONG else lambda value: value


_DOUBLES = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
