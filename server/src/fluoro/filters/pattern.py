"""The JSON of `rootcause.json`: a part of GetTraceSummaries' root causes.

What is present must be equal, what is left out may be anything; lists match when
their elements match, in order, some elements of the list in the trace.
"""

from difflib import get_close_matches
from typing import Any

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
_WORDS = {str: "a string", float: "a number", bool: "true or false"}


def check_pattern(value: Any) -> str | None:
    """Return what is wrong with a decoded pattern, None for a good one."""
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
        return None
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
