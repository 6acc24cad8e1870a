"""From an expression to SQL: a condition on whole traces, and a cheap one before it.

The exact condition is a Boolean formula over columns of one row a trace. Those columns
say whether the trace has a row (`any`), a root segment (`root`), a node or an edge that
satisfies a term; the store computes them over the rows of candidate traces. So one
entity must satisfy a whole brace, and where a row is missing a term is false.

Plain comparisons inside braces are *leaves*: predicates on one row of `entities`, kept
as an array of truth values. Of a node's row they are `mine`; of an edge `h.1` are those
of the row that saw it, `h.2` of its target, and `source` of its source.

The necessary condition (`need`) holds for some rows of every trace that the exact one
selects, so that candidates are found in one scan of a few columns. Values are
parameters, never parts of the text.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fluoro.filters.keywords import KEYWORDS, Type
from fluoro.filters.pattern import regex
from fluoro.filters.prefilter import Need, Prefilter
from fluoro.filters.syntax import (
    And,
    Cause,
    CauseJson,
    Compare,
    Constant,
    Edge,
    Expression,
    Group,
    Ident,
    Not,
    Or,
    Service,
)
from fluoro.filters.terms import Parameters, compare, holds, row_test

CLIENT = "client"
_NONE = "0"

_ENDED = "end_us >= {start_us:Int64} AND end_us < {end_us:Int64}"


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression.

    `sql` is the formula over the columns that the other members define, in order:
    `any` (a0...) tests of any row, `root` (r0...) of the first root segment, `span`
    (d0...) of the trace's bounds, `nodes` (n0...), `edges` (e0...) formulas over
    `leaves`; `client_edges` are those of the edges from a root's client. `facts` are
    `inferred` and `partial` where it is asked whether some node is (`some_inferred`).
    `causes` (x0...) are formulas over the elements of root causes and their `texts`.
    """

    sql: str
    need: Need | None
    parameters: dict[str, Any]
    any: tuple[str, ...] = ()
    root: tuple[str, ...] = ()
    span: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    client_edges: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()


EVERY_TRACE = Condition("1", None, {})
"""What no filter comes to."""


def compile_filter(
    expression: Expression, *, ended_in_window: bool = False
) -> Condition:
    """Return the condition for an expression whose groups are expanded.

    `ended_in_window` limits service and edge terms to entities that ended in the
    search's window (parameters `start_us`, `end_us`), as the Service clock does.
    """
    compiler = _Compiler(ended_in_window=ended_in_window)
    sql = compiler.trace(expression)
    need = Prefilter(compiler.parameters).need(expression)
    return Condition(
        sql,
        need,
        compiler.parameters.values,
        **{name: tuple(items) for name, items in compiler.columns.items()},
    )


@dataclass(frozen=True, slots=True)
class Selectors:
    """The service and edge terms of an expression, to ask which entities they select.

    `nodes`, `edges` and `client_edges` are formulas over `leaves` as those of a
    `Condition` are, one a term in the order of writing.
    """

    parameters: dict[str, Any]
    leaves: tuple[str, ...]
    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    client_edges: tuple[str, ...]


def compile_selectors(expression: Expression) -> Selectors | None:
    """Compile the terms that are not negated, limited to what ended in the window.

    None where there are none. Groups of the expression are expanded.
    """
    compiler = _Compiler(ended_in_window=True)
    nodes, edges = [], []
    for term in _selectors(expression, negated=False):
        if isinstance(term, Service):
            nodes.append(compiler.node(term))
        else:
            edges.append(compiler.edge(term))
    if not nodes and not edges:
        return None
    return Selectors(
        compiler.parameters.values,
        tuple(compiler.columns["leaves"]),
        tuple(nodes),
        tuple(edge for edge, _ in edges),
        tuple(client_edge for _, client_edge in edges),
    )


def _selectors(expression: Expression, *, negated: bool) -> Iterator[Service | Edge]:
    match expression:
        case Not(item):
            yield from _selectors(item, negated=not negated)
        case And(items) | Or(items):
            for item in items:
                yield from _selectors(item, negated=negated)
        case Service() | Edge():
            if not negated:
                yield expression


_COLUMNS = {
    "any": "a",
    "root": "r",
    "span": "d",
    "nodes": "n",
    "edges": "e",
    "client_edges": "c",
    "leaves": "l",
    "facts": "",
    "causes": "x",
}
"""The members of a condition and the first letter of their columns."""

_Side = Callable[[Compare], str]


class _Compiler:
    """Builds the formula and collects the columns it names."""

    def __init__(self, *, ended_in_window: bool) -> None:
        self.parameters = Parameters()
        self.columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
        self._ended_in_window = ended_in_window

    def trace(self, expression: Expression) -> str:
        """Return the formula of a trace."""
        match expression:
            case Compare():
                return self._compare(expression)
            case Service():
                return self._service(expression)
            case Edge():
                return self._edge(expression)
            case Cause():
                return self._cause(expression)
            case CauseJson():
                return self._pattern(expression)
            case Group():
                raise ValueError("groups are expanded before a filter is compiled")
        return _formula(expression, self.trace)

    def _compare(self, term: Compare) -> str:
        keyword = KEYWORDS[term.keyword]
        if keyword.reach != "trace":
            return self._column(keyword.reach, row_test(self.parameters, term))
        if keyword.type is not Type.BOOLEAN:
            return self._column(
                "span", compare(self.parameters, keyword, term, keyword.value)
            )
        self._column("facts", term.keyword)
        return _truth(f"some_{term.keyword}", term)

    def _column(self, member: str, sql: str) -> str:
        """Return the name of a column, which is made once."""
        known = self.columns[member]
        if sql not in known:
            known.append(sql)
        return f"{_COLUMNS[member]}{known.index(sql)}"

    def _leaf(self, array: str, sql: str) -> str:
        """Return the truth of a predicate on the row whose leaves are in `array`."""
        number = int(self._column("leaves", sql)[1:]) + 1
        return f"{array}[{number}]"

    def _service(self, term: Service) -> str:
        return self._column("nodes", self.node(term))

    def _edge(self, term: Edge) -> str:
        edge, client_edge = self.edge(term)
        name = self._column("edges", edge)
        if client_edge == _NONE:
            return name
        return f"({name} OR {self._column('client_edges', client_edge)})"

    def node(self, term: Service) -> str:
        """Return the formula of a node's row."""

        def real(leaf: Compare) -> str:
            match leaf.keyword:
                case "root":
                    return _truth("root", leaf)
                case "inferred":
                    return _truth("inferred", leaf)
            return self._leaf("mine", row_test(self.parameters, leaf))

        def client(leaf: Compare) -> str:
            match leaf.keyword:
                case "root" | "inferred":
                    return str(int(not _positive(leaf)))
                case "type":
                    return str(int(holds(leaf, CLIENT)))
            return real(leaf)

        tests = [
            [*self._ident(term.ident, "mine"), *self._body(term.body, real)],
            [*self._client(term.ident, "mine"), *self._body(term.body, client)],
        ]
        ended = self._ended("mine")
        node, of_client = (_all([*test, *ended]) for test in tests)
        return f"(node AND {node}) OR (root AND {of_client})"

    def edge(self, term: Edge) -> tuple[str, str]:
        """Return the formulas of a hop, and of the hop from a root's client.

        A client goes by the name of the service it calls.
        """

        def real(leaf: Compare) -> str:
            test = row_test(self.parameters, leaf)
            match leaf.keyword:
                case "inferred":
                    return _truth("h.3", leaf)
                case "source.annotation":
                    return self._leaf("source", test)
                case "destination.annotation":
                    return self._leaf("h.2", test)
            return self._leaf("h.1", test)

        def client(leaf: Compare) -> str:
            match leaf.keyword:
                case "inferred":
                    return str(int(not _positive(leaf)))
                case "source.annotation":
                    return "0"
            return self._leaf("mine", row_test(self.parameters, leaf))

        ends = [
            *self._ident(term.source, "source"),
            *self._ident(term.destination, "h.2"),
        ]
        tests = [*ends, *self._body(term.body, real), *self._ended("h.1")]
        names = {term.source.name, term.destination.name} - {None}
        if len(names) > 1 or term.source.type not in (None, CLIENT):
            return _all(tests), _NONE
        ends = [
            *self._client(term.source, "mine"),
            *self._ident(term.destination, "mine"),
        ]
        of_client = [*ends, *self._body(term.body, client), *self._ended("mine")]
        return _all(tests), _all(of_client)

    def _cause(self, term: Cause) -> str:
        def element(leaf: Compare) -> str:
            keyword = KEYWORDS[leaf.keyword]
            column = "inferred" if leaf.keyword == "inferred" else keyword.value
            return compare(self.parameters, keyword, leaf, column)

        place = f"kind = '{term.kind}' AND level = '{term.level}'"
        return self._column("causes", f"({place} AND {_row(term.body, element)})")

    def _pattern(self, term: CauseJson) -> str:
        """Each cause of the pattern must match some cause of the trace."""
        tests = []
        for cause in json.loads(term.pattern):
            placeholder = self.parameters.text(regex(cause))
            tests.append(
                self._column(
                    "causes", f"arrayExists(t -> match(t, {placeholder}), texts)"
                )
            )
        return f"NOT {_all(tests)}" if term.negated else _all(tests)

    def _ended(self, array: str) -> list[str]:
        return [self._leaf(array, _ENDED)] if self._ended_in_window else []

    def _body(self, body: Expression | None, side: _Side) -> list[str]:
        return [] if body is None else [_row(body, side)]

    def _ident(self, ident: Ident, array: str) -> list[str]:
        """Return the tests of a node that reports itself, or is inferred."""
        wanted = {
            "node_name": ident.name,
            "node_type": ident.type,
            "account_id": ident.account_id,
        }
        return [
            self._leaf(array, f"{column} = {self.parameters.text(value)}")
            for column, value in wanted.items()
            if value is not None
        ]

    def _client(self, ident: Ident, array: str) -> list[str]:
        """Return the tests of a root segment that stands for its client."""
        if ident.type not in (None, CLIENT):
            return ["0"]
        return self._ident(Ident(ident.name, None, ident.account_id), array)


def _row(expression: Expression, side: _Side) -> str:
    """Return the formula of a brace over one row."""
    if isinstance(expression, Compare):
        return side(expression)
    return _formula(expression, lambda item: _row(item, side))


def _formula(expression: Expression, part: Callable[[Expression], str]) -> str:
    match expression:
        case Constant(value):
            return str(int(value))
        case Not(item):
            return f"NOT {part(item)}"
        case And(items):
            return _all([part(item) for item in items])
        case Or(items):
            return f"({' OR '.join(part(item) for item in items)})"
    raise ValueError(f"{type(expression).__name__} does not stand inside braces")


def _all(parts: Iterable[str]) -> str:
    return f"({' AND '.join(parts) or '1'})"


def _positive(term: Compare) -> bool:
    return term.operator is None or (term.operator == "=") == term.value


def _truth(column: str, term: Compare) -> str:
    return column if _positive(term) else f"NOT {column}"
