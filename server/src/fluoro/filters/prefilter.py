"""The necessary condition: what some rows of every selected trace look like.

It may select too much, never too little. Terms under a negation, and what a row alone
cannot tell, demand nothing.
"""

import json
from dataclasses import dataclass

import orjson

from fluoro.filters.keywords import ANNOTATIONS, KEYWORDS, Scope
from fluoro.filters.syntax import (
    And,
    Cause,
    CauseJson,
    Compare,
    Constant,
    Edge,
    Expression,
    Ident,
    Not,
    Or,
    Service,
)
from fluoro.filters.terms import EXACT_INTEGER_MAX, Parameters, compare, row_test

_ROOT = "bitTest(flags, 13)"
_SEGMENT = "bitTest(flags, 1)"
_CALL = "bitAnd(flags, 1536) != 0"
_NODE = "bitAnd(flags, 1538) != 0"
_COMPLETED = "NOT bitTest(flags, 0)"
_CAUSE_FLAGS = {"fault": "bitTest(flags, 4)", "error": "bitTest(flags, 3)"}

_UNTOLD = frozenset(("root", "inferred", "source.annotation", "destination.annotation"))
"""Keywords whose columns the table does not have."""

_CAUSE_COLUMNS = {
    Scope.CAUSE_SERVICE: {"name": "node_name", "type": "node_type"},
    Scope.CAUSE_ENTITY: {"name": "name"},
    Scope.CAUSE_EXCEPTION: {
        "name": "tupleElement(e, 'name')",
        "message": "tupleElement(e, 'message')",
    },
}


Tests = tuple[str, ...]
"""What one row satisfies: SQL over its columns, apart, as rows share many."""


@dataclass(frozen=True, slots=True)
class Row:
    """A trace needs a row that satisfies all of `tests`."""

    tests: Tests


@dataclass(frozen=True, slots=True)
class Owned:
    """A trace needs a row that satisfies `tests`, in a segment that satisfies `owner`.

    Whose segment is not in the row (an independent subsegment) is taken for such a one.
    """

    tests: Tests
    owner: Tests


@dataclass(frozen=True, slots=True)
class All:
    """A trace needs all of these."""

    items: tuple["Need", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """A trace needs one of these at least."""

    items: tuple["Need", ...]


Need = Row | Owned | All | Some


class Prefilter:
    """Derives needs; values go into the same parameters as the exact condition's."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    def need(self, expression: Expression, *, negated: bool = False) -> Need | None:
        """Return what a trace needs to satisfy the expression, None for nothing."""
        match expression:
            case Constant(value):
                return None if value != negated else Row(("0",))
            case Not(item):
                return self.need(item, negated=not negated)
            case And(items) | Or(items):
                needs = [self.need(item, negated=negated) for item in items]
                known = tuple(need for need in needs if need is not None)
                if isinstance(expression, And) != negated:
                    return _merged(All, known)
                return _merged(Some, known) if len(known) == len(needs) else None
        return None if negated else self._positive(expression)

    def _positive(self, term: Expression) -> Need | None:
        match term:
            case Compare():
                return self._compare(term)
            case Service(ident, body):
                test = self._row(body, Scope.SERVICE)
                return self._entity(ident, [test] if test else [])
            case Edge(source, destination, body):
                ends = [
                    self._entity(ident, [])
                    for ident in (source, destination)
                    if ident != Ident()
                ]
                return _merged(All, (*ends, self._view(source, destination, body)))
            case Cause(kind, level, body):
                return self._cause(kind, level, body)
            case CauseJson(pattern, negated):
                return None if negated else self._pattern(pattern)
        return None

    def _compare(self, term: Compare) -> Need | None:
        keyword = KEYWORDS[term.keyword]
        if keyword.reach == "trace":
            holds = term.operator is None or (term.operator == "=") == term.value
            if term.keyword == "inferred" and holds:
                return Row((_CALL, _COMPLETED))
            return None
        test = self._test(term)
        return Row((_ROOT, test) if keyword.reach == "root" else (test,))

    def _entity(self, ident: Ident, tests: list[str]) -> Row:
        """Return the need of a node's segment, or of the call that stands for it."""
        text = self._parameters.text
        known = [*tests]
        if ident.name is not None:
            known.append(f"node_name = {text(ident.name)}")
        if ident.account_id is not None:
            known.append(f"account_id = {text(ident.account_id)}")
        if ident.type is None:
            # What has a name is a node.
            return Row(tuple(known) if ident.name else (_NODE, *known))
        typed = f"node_type = {text(ident.type)}"
        client = f" OR {_ROOT}" if ident.type == "client" else ""
        return Row((_NODE, f"({typed}{client})", *known))

    def _view(self, source: Ident, destination: Ident, body: Expression | None) -> Need:
        """Return the need of the row that shows an edge as the filter wants it.

        A call of the source shows it, or where there is none the destination's segment.
        """
        seen = self._row(body, Scope.EDGE)
        tests = [seen] if seen else []
        if source.name is None:
            return Row((_NODE, *tests))
        named = f"node_name = {self._parameters.text(source.name)}"
        called = Owned((_CALL, *tests), (_SEGMENT, named))
        return Some((called, self._entity(destination, tests)))

    def _cause(self, kind: str, level: str, body: Expression) -> Need | None:
        scope = Scope(f"rootcause {level}")
        test = self._row(body, scope)
        if test and scope is Scope.CAUSE_EXCEPTION:
            test = f"arrayExists(e -> {test}, exceptions)"
        rows = (_CAUSE_FLAGS.get(kind), test)
        return _merged(All, tuple(Row((sql,)) for sql in rows if sql))

    def _pattern(self, pattern: str) -> Need | None:
        """Return the need of the names in it: of each service, and each entity."""
        needs = []
        for cause in json.loads(pattern):
            for service in cause.get("Services", ()):
                named = [
                    ("node_name", service),
                    *(("name", entity) for entity in service.get("EntityPath", ())),
                ]
                needs += [
                    Row((f"{column} = {self._parameters.text(part['Name'])}",))
                    for column, part in named
                    if part.get("Name") and part["Name"].isprintable()
                ]
        return _merged(All, tuple(needs))

    def _row(
        self, expression: Expression | None, scope: Scope, *, negated: bool = False
    ) -> str | None:
        """Return what a row itself must satisfy for a brace to hold, or None."""
        match expression:
            case None:
                return None
            case Constant(value):
                return None if value != negated else "0"
            case Not(item):
                return self._row(item, scope, negated=not negated)
            case And(items) | Or(items):
                tests = [self._row(item, scope, negated=negated) for item in items]
                known = [test for test in tests if test is not None]
                if isinstance(expression, And) != negated:
                    return f"({' AND '.join(known)})" if known else None
                return f"({' OR '.join(known)})" if len(known) == len(tests) else None
            case Compare():
                return self._plain(expression, scope, negated=negated)
        return None

    def _plain(self, term: Compare, scope: Scope, *, negated: bool) -> str | None:
        columns = _CAUSE_COLUMNS.get(scope)
        if columns is not None:
            column = columns.get(term.keyword)
            if column is None or negated or term.operator is None:
                return None
            keyword = KEYWORDS[term.keyword]._replace(present="")
            return compare(self._parameters, keyword, term, column)
        if term.keyword in _UNTOLD or (
            term.keyword == "type" and scope is Scope.SERVICE
        ):
            return None
        if negated:
            return f"NOT {row_test(self._parameters, term)}"
        return self._test(term)

    def _test(self, term: Compare) -> str:
        """Return a test on a row of `entities`, of annotations with hints for indexes.

        What is missing is seldom above zero, and need not be told apart.
        """
        if term.keyword not in ANNOTATIONS:
            keyword = KEYWORDS[term.keyword]
            if _is_above_zero(term):
                keyword = keyword._replace(present="")
            return compare(self._parameters, keyword, term, keyword.value)
        name = self._parameters.key(term.key or "")
        test = row_test(self._parameters, term)
        hints = [f"mapContains(annotations, {{{name}:String}})"]
        texts = _json_texts(term)
        if texts:
            placeholder = self._parameters.texts(texts)
            hints.append(f"hasAny(mapValues(annotations), {placeholder})")
        return f"({' AND '.join(hints)} AND {test})"


def _is_above_zero(term: Compare) -> bool:
    value = term.value
    return term.operator in (">", ">=") and isinstance(value, float) and value > 0


def _json_texts(term: Compare) -> list[str]:
    """Return every JSON text an annotation may equal, [] where they are not known."""
    value = term.value
    if term.operator != "=" or value is None:
        return []
    if not isinstance(value, float):
        return [orjson.dumps(value).decode()]
    if not value.is_integer() or not 0 < abs(value) < EXACT_INTEGER_MAX:
        return []
    return [str(int(value)), orjson.dumps(value).decode()]


def _merged(kind: type[All | Some], needs: tuple[Need, ...]) -> Need | None:
    if len(needs) < 2:
        return needs[0] if needs else None
    return kind(needs)
