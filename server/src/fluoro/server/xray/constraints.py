"""Checking a request against the operation's model, in the real service's words.

Recorded: a broken constraint is 400 `ValidationException` with a lower-case `message`;
all broken constraints of a call are listed in one text. A member of the wrong JSON type
is 400 `SerializationException`. Unknown members are ignored at any depth. Paths name
members with the first letter lower-cased and list elements from 1 as `x.1.member`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fluoro.model.errors import SerializationError, ValidationError
from fluoro.model.limits import TIMESTAMP_SECONDS_MAX

Errors = list[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """One member's type and bounds; `least` and `most` bound length, size or value."""

    kind: str
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    among: tuple[str, ...] = ()
    is_required: bool = False
    members: "dict[str, Shape] | None" = None
    element: "Shape | None" = None
    key: "Shape | None" = None
    name: str = ""


Structure = Shape


def _maker(kind: str) -> Callable[..., Shape]:
    def make(**bounds: Any) -> Shape:
        return Shape(kind, **bounds)

    return make


text = _maker("text")
integer = _maker("integer")
number = _maker("number")
boolean = _maker("boolean")
timestamp = _maker("timestamp")


def items(element: Shape, **bounds: Any) -> Shape:
    """Return the shape of a list."""
    return Shape("items", element=element, **bounds)


def mapping(key: Shape, value: Shape, **bounds: Any) -> Shape:
    """Return the shape of a map with text keys."""
    return Shape("mapping", key=key, element=value, **bounds)


def structure(name: str, **members: Shape) -> Shape:
    """Return the shape of an object."""
    return Shape("structure", name=name, members=members)


def required(shape: Shape) -> Shape:
    """Return the shape as a member that must be there and not null."""
    fields = {f: getattr(shape, f) for f in Shape.__slots__}
    return Shape(**{**fields, "is_required": True})


def check(request: Any, shape: Shape) -> dict[str, Any]:
    """Return the request's known members, nulls left out.

    Raises SerializationError for a wrong type and ValidationError, listing every
    broken constraint, in the order of the request's own members.
    """
    if request is None:
        request = {}
    errors: Errors = []
    checked = _value(request, shape, "", errors)
    if errors:
        noun = "error" if len(errors) == 1 else "errors"
        raise ValidationError(
            f"{len(errors)} validation {noun} detected: {'; '.join(errors)}"
        )
    return dict(checked)


_JAVA_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "text": ((str,), "a String"),
    "integer": ((int, float), "an Integer"),
    "number": ((int, float), "a Double"),
    "boolean": ((bool,), "a Boolean"),
    "timestamp": ((int, float), "milliseconds since epoch"),
    "items": ((list,), "a List"),
    "mapping": ((dict,), "a Map"),
    "structure": ((dict,), "a Structure"),
}


def _value(value: Any, shape: Shape, path: str, errors: Errors) -> Any:
    types, java = _JAVA_TYPES[shape.kind]
    if not _fits(value, types):
        raise SerializationError(f"{_token(value)} can not be converted to {java}")
    if shape.kind == "structure":
        return _structure(value, shape, path, errors)
    if shape.kind == "items":
        return _items(value, shape, path, errors)
    if shape.kind == "mapping":
        return _mapping(value, shape, path, errors)
    if shape.kind == "integer":
        value = int(value)
    _bounds(value, shape, path, errors)
    return value


def _fits(value: Any, types: tuple[type, ...]) -> bool:
    """Python takes a bool for a number; JSON does not."""
    return isinstance(value, types) and (not isinstance(value, bool) or bool in types)


def _structure(
    value: dict[str, Any], shape: Shape, path: str, errors: Errors
) -> dict[str, Any]:
    members = shape.members or {}
    checked = {}
    for name, item in value.items():
        member = members.get(name)
        if member is not None and item is not None:
            checked[name] = _value(item, member, _join(path, name), errors)
    errors += [
        _error("null", _join(path, name), "not be null")
        for name, member in members.items()
        if member.is_required and value.get(name) is None
    ]
    return checked


def _items(value: list[Any], shape: Shape, path: str, errors: Errors) -> list[Any]:
    _bounds(value, shape, path, errors)
    assert shape.element is not None
    checked = []
    for index, item in enumerate(value, 1):
        where = f"{path}.{index}.member"
        if item is None and shape.element.kind == "text":
            raise SerializationError("VALUE_NULL can not be converted to a String")
        if item is None:
            errors.append(_error("null", where, "not be null"))
        else:
            checked.append(_value(item, shape.element, where, errors))
    return checked


def _mapping(
    value: dict[str, Any], shape: Shape, path: str, errors: Errors
) -> dict[str, Any]:
    _bounds(value, shape, path, errors)
    assert shape.element is not None
    assert shape.key is not None
    for key, item in value.items():
        _bounds(key, shape.key, f"{path}.{key}.key", errors)
        _value(item, shape.element, f"{path}.{key}.member", errors)
    return value


_BOUNDS = {"timestamp": (-TIMESTAMP_SECONDS_MAX, TIMESTAMP_SECONDS_MAX)}
"""Least and most of all values of a kind, where the service's model has none."""


def _bounds(value: Any, shape: Shape, path: str, errors: Errors) -> None:
    measured = isinstance(value, str | list | dict)
    size = len(value) if measured else value
    noun = "length" if measured else "value"
    least, most = _BOUNDS.get(shape.kind, (shape.least, shape.most))
    if least is not None and size < least:
        rule = f"have {noun} greater than or equal to {least}"
        errors.append(_error(_java(value), path, rule))
    if most is not None and size > most:
        rule = f"have {noun} less than or equal to {most}"
        errors.append(_error(_java(value), path, rule))
    if shape.pattern is not None and not re.fullmatch(shape.pattern, value):
        rule = f"satisfy regular expression pattern: {shape.pattern}"
        errors.append(_error(_java(value), path, rule))
    if shape.among and value not in shape.among:
        rule = f"satisfy enum value set: [{', '.join(shape.among)}]"
        errors.append(_error(_java(value), path, rule))


def _error(value: str, path: str, rule: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: Member must {rule}"


def _join(path: str, name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered


def _java(value: Any) -> str:
    return f"'{_java_text(value)}'"


def _java_text(value: Any) -> str:
    """Print a value as Java's toString does."""
    if isinstance(value, dict):
        pairs = (f"{key}={_java_text(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_java_text(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


_TOKENS: tuple[tuple[type, str], ...] = (
    (bool, "BOOLEAN_VALUE"),
    (str, "STRING_VALUE"),
    (list, "START_ARRAY"),
    (dict, "START_OBJECT"),
)


def _token(value: Any) -> str:
    """Return what the service's JSON reader calls a value."""
    return next((n for t, n in _TOKENS if isinstance(value, t)), "NUMBER_VALUE")
