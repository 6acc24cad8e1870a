"""The JSON of `rootcause.json`: a part of GetTraceSummaries' root causes.

What is present must be equal, what is left out may be anything; lists match when
their elements match, in order, some elements of the list in the trace.
"""

import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from fluoro.model.limits import FILTER_TERMS_MAX

_EXCEPTION: dict[str, Any] = {"Name": str, "Message": str}
_ENTITY: dict[str, Any] = {
    "Name": str,
    "Coverage": float,
    "Remote": bool,
    "Exceptions": [_EXCEPTION],
}
_SERVICE: dict[str, Any] = {
    "Name": str,
    "Names": [str],
    "Type": str,
    "AccountId": str,
    "Inferred": bool,
    "EntityPath": [_ENTITY],
}
_CAUSE: dict[str, Any] = {"ClientImpacting": bool, "Services": [_SERVICE]}
_NUMBER_MAX = sys.float_info.max  # beyond it an integer of JSON is no float
_WORDS = {str: "a string", float: "a number", bool: "true or false"}


def check_pattern(value: Any) -> str | None:
    """Return what is wrong with a decoded pattern, None for a good one."""
    if sum(1 for _ in _parts(value)) > FILTER_TERMS_MAX:
        return f"the root cause has more than {FILTER_TERMS_MAX} parts"
    return _check(value, [_CAUSE], "the root cause")


def _check(value: Any, shape: Any, where: str) -> str | None:
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is no list"
        problems = (_check(item, shape[0], where) for item in value)
        return next((problem for problem in problems if problem), None)
    if isinstance(shape, dict):
        return _check_object(value, shape, where)
    if value is None and shape is str:
        return None
    if shape is float and type(value) in (int, float):
        finite = -_NUMBER_MAX <= value <= _NUMBER_MAX
        return None if finite else f"{where} is no finite number"
    return None if type(value) is shape else f"{where} is not {_WORDS[shape]}"


def _check_object(value: Any, shape: dict[str, Any], where: str) -> str | None:
    if not isinstance(value, dict):
        return f"{where} is no object"
    for key, item in value.items():
        if key not in shape:
            near = get_close_matches(key, shape, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(shape)}"
            return f"{where} has no member {key!r} ({hint})"
        problem = _check(item, shape[key], key)
        if problem:
            return problem
    return None


def _parts(value: Any) -> Iterator[Any]:
    """Return every object, list and value, without recursion."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()


# A cause as one line. Its parts begin with a character of their own and fields end with
# another, so that a pattern is a regular expression that the engine matches in linear
# time. These characters are taken out of the values.
_CAUSE_SIGN, _SERVICE_SIGN, _END, _NAME_SIGN = "\x01", "\x02", "\x03", "\x04"
_ENTITY_SIGN, _EXCEPTION_SIGN, _NULL = "\x05", "\x06", "\x07"
_SIGNS = re.compile("[\x01-\x07]")

_FIELDS = {
    _CAUSE_SIGN: ("ClientImpacting",),
    _SERVICE_SIGN: ("Name", "Type", "AccountId", "Inferred"),
    _ENTITY_SIGN: ("Name", "Coverage", "Remote"),
    _EXCEPTION_SIGN: ("Name", "Message"),
}
_LISTS = {
    _CAUSE_SIGN: ((_SERVICE_SIGN, "Services"),),
    _SERVICE_SIGN: ((_NAME_SIGN, "Names"), (_ENTITY_SIGN, "EntityPath")),
    _ENTITY_SIGN: ((_EXCEPTION_SIGN, "Exceptions"),),
    _EXCEPTION_SIGN: (),
}
_GAPS = {
    _SERVICE_SIGN: r"[\s\S]*",
    _NAME_SIGN: r"[^\x02\x05]*",
    _ENTITY_SIGN: r"[^\x02]*",
    _EXCEPTION_SIGN: r"[^\x02\x05]*",
}
"""What may stand between two elements of a list: anything but its parent's siblings."""
_ANY_FIELD = r"[^\x03]*\x03"


def encode_cause(cause: dict[str, Any]) -> str:
    """Return a root cause of a TraceSummary as the line that patterns match."""
    return _encode(_CAUSE_SIGN, cause)


def _encode(sign: str, part: dict[str, Any]) -> str:
    fields = "".join(_field(part.get(name)) + _END for name in _FIELDS[sign])
    lists = [
        _NAME_SIGN + _field(item) + _END
        if element == _NAME_SIGN
        else _encode(element, item)
        for element, name in _LISTS[sign]
        for item in part.get(name) or ()
    ]
    return sign + fields + "".join(lists)


def _field(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return _SIGNS.sub("", value)
    return f"{value:.6f}"


def regex(cause: dict[str, Any]) -> str:
    """Return the regular expression (RE2) of one cause of a pattern."""
    return "^" + _regex(_CAUSE_SIGN, cause)


def _regex(sign: str, part: dict[str, Any]) -> str:
    # X-Ray has null for a type that is not known, causes here an empty text.
    if part.get("Type", "") is None:
        part = {**part, "Type": ""}
    fields = (
        _escape(_field(part[name]) + _END) if name in part else _ANY_FIELD
        for name in _FIELDS[sign]
    )
    lists = []
    for element, name in _LISTS[sign]:
        for item in part.get(name) or ():
            if element == _NAME_SIGN:
                lists.append(_GAPS[element] + _escape(element + _field(item) + _END))
            else:
                lists.append(_GAPS[element] + _regex(element, item))
    return _escape(sign) + "".join(fields) + "".join(lists)


def _escape(text: str) -> str:
    """Escape what is special, control characters by their number."""
    return "".join(
        f"\\x{ord(c):02x}" if c < " " else re.escape(c) if c.isascii() else c
        for c in text
    )
