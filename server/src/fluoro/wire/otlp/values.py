"""OpenTelemetry's attribute values as JSON values that keep their exact types.

Text, booleans, integers, arrays and key-value lists are JSON's own; a double always has
a point or an exponent. What JSON has no word for is an object with one reserved member:

    bytes                           {"bytesValue": "<base64>"}
    NaN and the infinities          {"doubleValue": "NaN"}
    no value at all                 {"unset": true}  (null is a value without a kind)
    a text's number (profiles)      {"stringValueStrindex": 7}
    a key-value list that repeats   {"kvlistValue": [["key", value], ...]}
    a key or looks like one of these

A list of attributes is an object too, or a list of pairs where a key repeats. A pair
without a key's text may have its number (profiles) as a third element.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

RESERVED = frozenset(
    {"bytesValue", "doubleValue", "unset", "stringValueStrindex", "kvlistValue"}
)
Pairs = dict[str, Any] | list[list[Any]]


def plain(pair: KeyValue) -> Any:
    """Return the value of one attribute."""
    value = pair.value
    which = value.WhichOneof("value")
    if which is None and not pair.HasField("value"):
        return {"unset": True}
    return _READERS[which](value)


def _plain(value: AnyValue) -> Any:
    return _READERS[value.WhichOneof("value")](value)


def _double(value: AnyValue) -> Any:
    number = value.double_value
    if math.isfinite(number):
        return number
    text = "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return {"doubleValue": text}


def _kvlist(value: AnyValue) -> Any:
    pairs = pairs_of(value.kvlist_value.values)
    if isinstance(pairs, list) or (len(pairs) == 1 and not RESERVED.isdisjoint(pairs)):
        return {"kvlistValue": [_listed(pair) for pair in value.kvlist_value.values]}
    return pairs


_READERS: dict[str | None, Callable[[AnyValue], Any]] = {
    None: lambda _: None,
    "string_value": lambda v: v.string_value,
    "bool_value": lambda v: v.bool_value,
    "int_value": lambda v: v.int_value,
    "double_value": _double,
    "bytes_value": lambda v: {"bytesValue": b64encode(v.bytes_value).decode()},
    "array_value": lambda v: [_plain(item) for item in v.array_value.values],
    "kvlist_value": _kvlist,
    "string_value_strindex": lambda v: {"stringValueStrindex": v.string_value_strindex},
}


def pairs_of(pairs: Sequence[KeyValue]) -> Pairs:
    """Return attributes as an object, or as a list of pairs where a key repeats."""
    # Most values are a text with letters in it, a number or true, and need no question
    # for their kind: the members that are not set are empty.
    made = {
        pair.key: (value := pair.value).string_value
        or value.int_value
        or value.bool_value
        or plain(pair)
        for pair in pairs
    }
    if len(made) == len(pairs) and "" not in made:
        return made
    return [_listed(pair) for pair in pairs]


def _listed(pair: KeyValue) -> list[Any]:
    """Return one attribute as an element of a list of pairs."""
    index = [pair.key_strindex] if pair.key_strindex else []
    return [pair.key, plain(pair), *index]


def as_mapping(pairs: Pairs) -> dict[str, Any]:
    """Return attributes as an object; of a repeated key the last value."""
    return pairs if isinstance(pairs, dict) else {pair[0]: pair[1] for pair in pairs}


def key_values(pairs: Any) -> Iterator[KeyValue]:
    """Make attributes of what `pairs_of` returned; None means none.

    Raises ValueError or TypeError for anything it cannot have returned.
    """
    items = pairs.items() if isinstance(pairs, dict) else pairs or ()
    for key, value, *index in items:
        made = KeyValue(key=key, key_strindex=index[0] if index else 0)
        if type(value) is not dict or value != {"unset": True}:
            made.value.CopyFrom(any_value(value))
        yield made


def any_value(value: Any) -> AnyValue:
    """Make a value of what `plain` returned; raise ValueError for anything else."""
    write = _WRITERS.get(type(value))
    if write is None:
        raise ValueError(f"{value!r} is no attribute value")
    return write(value)


def _from_list(value: list[Any]) -> AnyValue:
    made = AnyValue()
    made.array_value.SetInParent()
    made.array_value.values.extend(any_value(item) for item in value)
    return made


def _from_dict(value: dict[str, Any]) -> AnyValue:
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key in _SPECIAL:
            return _SPECIAL[key](inner)
    return _kvlist_of(value)


def _kvlist_of(pairs: Pairs) -> AnyValue:
    made = AnyValue()
    made.kvlist_value.SetInParent()
    made.kvlist_value.values.extend(key_values(pairs))
    return made


_SPECIAL: dict[str, Callable[[Any], AnyValue]] = {
    "bytesValue": lambda text: AnyValue(bytes_value=b64decode(text, validate=True)),
    "doubleValue": lambda text: AnyValue(double_value=float(text)),
    "stringValueStrindex": lambda n: AnyValue(string_value_strindex=n),
    "kvlistValue": _kvlist_of,
}

_WRITERS: dict[type, Callable[[Any], AnyValue]] = {
    type(None): lambda _: AnyValue(),
    str: lambda v: AnyValue(string_value=v),
    bool: lambda v: AnyValue(bool_value=v),
    int: lambda v: AnyValue(int_value=v),
    float: lambda v: AnyValue(double_value=v),
    list: _from_list,
    dict: _from_dict,
}
