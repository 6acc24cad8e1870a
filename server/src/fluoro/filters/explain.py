"""A filter in plain English, or what is wrong with it and where."""

from typing import Any

from fluoro.filters.keywords import ANNOTATIONS, KEYWORDS
from fluoro.filters.parser import parse
from fluoro.filters.syntax import (
    And,
    Cause,
    CauseJson,
    Compare,
    Constant,
    Edge,
    Expression,
    FilterError,
    Group,
    Ident,
    Not,
    Or,
    Service,
)

_VERBS = {
    "=": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "CONTAINS": "contains",
    "BEGINSWITH": "begins with",
    "ENDSWITH": "ends with",
}
_LEVELS = {"service": "a service", "entity": "an entity", "exception": "an exception"}
_CAUSES = {"fault": "fault", "error": "error", "responsetime": "slow response"}


def explain(text: str) -> dict[str, Any]:
    """Return `{"valid", "explanation", "error"}`; one of the latter two is None.

    The error has `message`, `line` and `position` from 1, `offset` and `length` in
    characters from 0, `expected` (a list) and `suggestion` (a string or None).
    """
    try:
        expression = parse(text)
    except FilterError as error:
        return {"valid": False, "explanation": None, "error": error_members(error)}
    return {
        "valid": True,
        "explanation": f"Traces {_clause(expression)}",
        "error": None,
    }


def error_members(error: FilterError) -> dict[str, Any]:
    """Return an error as JSON members."""
    return {
        "message": str(error),
        "line": error.line,
        "position": error.position,
        "offset": error.offset,
        "length": error.length,
        "expected": list(error.expected),
        "suggestion": error.suggestion,
    }


def _clause(expression: Expression) -> str:
    """Return what follows "traces"."""
    match expression:
        case Constant(value):
            return "of every kind" if value else "of no kind"
        case Not(item):
            return f"that are not those {_clause(item)}"
        case And(items):
            return ", and ".join(_clause(item) for item in items)
        case Or(items):
            return f"({', or '.join(_clause(item) for item in items)})"
        case Compare():
            return f"where {_compare(expression)}"
        case Service(ident, body):
            where = f" where {_row(body)}" if body else ""
            return f"that visited {_ident(ident)}{where}"
        case Edge(source, destination, body):
            where = f" where {_row(body)}" if body else ""
            return f"with a call from {_ident(source)} to {_ident(destination)}{where}"
        case Cause(kind, level, body):
            way = f"{_CAUSES[kind]} goes through {_LEVELS[level]}"
            return f"whose {way} where {_row(body)}"
        case CauseJson(_, negated):
            return f"with {'no ' if negated else 'a '}root cause like the one given"
        case Group(_, value, negated):
            return f"that {'do not ' if negated else ''}belong to the group {value!r}"


def _row(expression: Expression) -> str:
    match expression:
        case Not(item):
            return f"not ({_row(item)})"
        case And(items):
            return " and ".join(_row(item) for item in items)
        case Or(items):
            return f"({' or '.join(_row(item) for item in items)})"
        case Compare():
            return _compare(expression)
    return "anything holds"


def _compare(term: Compare) -> str:
    name = KEYWORDS[term.keyword].name
    if term.keyword in ANNOTATIONS:
        name = f"{name} {term.key!r}"
    if term.operator is None:
        boolean = KEYWORDS[term.keyword].type == "boolean"
        return f"{name} holds" if boolean else f"{name} is there"
    value = term.value
    shown = repr(value)
    if isinstance(value, float):
        shown = shown.removesuffix(".0")
    elif isinstance(value, bool):
        shown = shown.lower()
    return f"{name} {_VERBS[term.operator]} {shown}"


def _ident(ident: Ident) -> str:
    parts = [
        f"{label} {value!r}"
        for label, value in (
            ("named", ident.name),
            ("of type", ident.type),
            ("in account", ident.account_id),
        )
        if value is not None
    ]
    return " ".join(["a node", *parts]) if parts else "any node"
