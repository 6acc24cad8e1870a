"""The parts of a filter expression once it is parsed, and the error when it is not.

Every part is immutable and hashable, so that a parsed expression can be a key.
"""

from dataclasses import dataclass

Value = str | float | bool


class FilterError(ValueError):
    """An expression that does not parse; the text is X-Ray's with our hint behind.

    `line` and `position` count from 1, `offset` and `length` say in characters from 0
    which part of the text is meant. `expected` lists what would fit there,
    `suggestion` is a likely correction of what was found, or None.
    """

    def __init__(
        self,
        text: str,
        offset: int,
        problem: str,
        *,
        length: int = 1,
        expected: tuple[str, ...] = (),
        suggestion: str | None = None,
    ) -> None:
        before = text[:offset]
        self.line = before.count("\n") + 1
        self.position = offset - (before.rfind("\n") + 1) + 1
        self.offset, self.length = offset, length
        self.problem = problem
        self.expected, self.suggestion = expected, suggestion
        hints = []
        if suggestion is not None:
            hints.append(f"did you mean {suggestion}?")
        if expected:
            hints.append("expected " + _enumeration(expected))
        hint = f" ({'; '.join(hints)})" if hints else ""
        super().__init__(
            f"Error Location: line {self.line}, position {self.position} :"
            f" {problem}{hint}"
        )


def _enumeration(items: tuple[str, ...]) -> str:
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} or {items[-1]}"


@dataclass(frozen=True, slots=True)
class Constant:
    """True or false: what an empty expression or an unknown group comes to."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """A keyword alone (`operator` None: does it hold, is it there) or compared.

    `key` is the annotation's key for the `annotation` keywords, else None.
    """

    keyword: str
    operator: str | None = None
    value: Value | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Ident:
    """Which nodes are meant; None stands for any."""

    name: str | None = None
    type: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """`service(ident) { body }`."""

    ident: Ident
    body: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Edge:
    """`edge(source, destination) { body }`."""

    source: Ident
    destination: Ident
    body: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Cause:
    """`rootcause.kind.level { body }`."""

    kind: str
    level: str
    body: "Expression"


@dataclass(frozen=True, slots=True)
class CauseJson:
    """`rootcause.json = #[...]`; `pattern` is the JSON text in canonical form."""

    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """`group.name` or `group.arn` compared; `by` is `name` or `arn`."""

    by: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The complement."""

    item: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more."""

    items: tuple["Expression", ...]


Expression = (
    Constant | Compare | Service | Edge | Cause | CauseJson | Group | Not | And | Or
)
