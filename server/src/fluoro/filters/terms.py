"""One comparison as SQL over one row, and the parameters that carry its values."""

from decimal import Decimal
from typing import Any

import orjson

from fluoro.filters.keywords import ANNOTATIONS, KEYWORDS, Keyword, Type
from fluoro.filters.syntax import Compare

EXACT_INTEGER_MAX = 2**53
"""Whole numbers below it are exact as floats."""

_TESTS = {
    "=": "{0} = {1}",
    "!=": "{0} != {1}",
    "<": "{0} < {1}",
    "<=": "{0} <= {1}",
    ">": "{0} > {1}",
    ">=": "{0} >= {1}",
    "CONTAINS": "position({0}, {1}) > 0",
    "BEGINSWITH": "startsWith({0}, {1})",
    "ENDSWITH": "endsWith({0}, {1})",
}


class Parameters:
    """The values of one statement, and their placeholders in its text."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.keys: dict[str, str] = {}
        """The parameter that holds each annotation key."""
        self._placeholders: dict[tuple[str, str], str] = {}

    def text(self, value: str) -> str:
        """Return the placeholder of a string."""
        return self._add(value, "String")

    def number(self, value: float) -> str:
        """Return the placeholder of a number: whole ones are compared faster."""
        if value.is_integer() and abs(value) < EXACT_INTEGER_MAX:
            return self._add(int(value), "Int64")
        return self._add(value, "Float64")

    def texts(self, values: list[str]) -> str:
        """Return the placeholder of a list of strings."""
        return self._add(values, "Array(String)")

    def key(self, key: str) -> str:
        """Return the name of the parameter that holds an annotation key."""
        if key not in self.keys:
            name = f"k{len(self.keys)}"
            self.keys[key] = name
            self.values[name] = key
        return self.keys[key]

    def _add(self, value: Any, kind: str) -> str:
        """Equal values share a placeholder, so that equal tests are equal texts."""
        placeholder = self._placeholders.get((kind, repr(value)))
        if placeholder is None:
            name = f"f{len(self.values)}"
            self.values[name] = value
            placeholder = f"{{{name}:{kind}}}"
            self._placeholders[kind, repr(value)] = placeholder
        return placeholder


def compare(
    parameters: Parameters, keyword: Keyword, term: Compare, column: str
) -> str:
    """Return the test of a term on the row's `column`; false where it is missing."""
    present = keyword.present
    if keyword.type is Type.BOOLEAN:
        positive = term.operator is None or (term.operator == "=") == term.value
        test = f"({column})" if positive else f"NOT ({column})"
    elif term.operator is None:
        test = ""
    elif keyword.type is Type.NUMBER:
        value = parameters.number(_scaled(term.value, keyword.scale))
        test = _TESTS[term.operator].format(f"({column})", value)
    else:
        value = parameters.text(str(term.value))
        test = _TESTS[term.operator].format(column, value)
        # What is missing is empty, which equals no other text and has none in it.
        if term.value and term.operator != "!=":
            present = ""
    return f"({' AND '.join(part for part in (present, test) if part) or 1})"


def row_test(parameters: Parameters, term: Compare) -> str:
    """Return the test of a term on a row of `entities`."""
    keyword = KEYWORDS[term.keyword]
    if keyword.name in ANNOTATIONS:
        name = parameters.key(term.key or "")
        return _annotation(parameters, term, f"annotations[{{{name}:String}}]")
    return compare(parameters, keyword, term, keyword.value)


def holds(term: Compare, value: str) -> bool:
    """Compare a known string as the engine would."""
    wanted = str(term.value)
    match term.operator:
        case None:
            return bool(value)
        case "=":
            return value == wanted
        case "!=":
            return value != wanted
        case "CONTAINS":
            return wanted in value
        case "BEGINSWITH":
            return value.startswith(wanted)
    return value.endswith(wanted)


def _scaled(value: Any, scale: int) -> float:
    """Return a written number in the column's unit, without binary dust."""
    return float(Decimal(repr(value)) * scale)


def _annotation(parameters: Parameters, term: Compare, column: str) -> str:
    """Compare a JSON text, empty where the key is missing; other types are false."""
    value, operator = term.value, term.operator
    if operator is None:
        return f"({column} NOT IN ('', 'false'))"
    if isinstance(value, bool):
        wanted = str((operator == "=") == value).lower()
        return f"({column} = '{wanted}')"
    if isinstance(value, str):
        if operator == "=":
            return f"({column} = {parameters.text(orjson.dumps(value).decode())})"
        text = f"JSONExtractString({column})"
        test = _TESTS[operator].format(text, parameters.text(value))
        return f"(startsWith({column}, '\"') AND {test})"
    number = f"toFloat64OrNull({column})"
    test = _TESTS[operator].format(number, parameters.number(float(value or 0)))
    return f"ifNull({test}, false)"
