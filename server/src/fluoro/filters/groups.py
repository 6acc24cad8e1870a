"""Groups in an expression: replaced by what they stand for when it is asked.

`group.name = "x"` means the present expression of group x. An unknown group, one whose
expression does not parse, and one that leads back to itself match nothing.
"""

from collections.abc import Mapping

from fluoro.filters.parser import parse
from fluoro.filters.syntax import (
    And,
    Constant,
    Expression,
    FilterError,
    Group,
    Not,
    Or,
)
from fluoro.model.limits import EXPANDED_DEPTH_MAX, FILTER_TERMS_MAX

DEFAULT_GROUP = "Default"

Groups = Mapping[str, str | None]
"""The expression of each group, by name and by ARN; None selects every trace."""


def expand_groups(expression: Expression, groups: Groups) -> Expression:
    """Return the expression without groups; raise FilterError when it grows too far."""
    return _Expansion(groups).expand(expression, frozenset())


class _Expansion:
    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._terms = 0

    def expand(
        self, expression: Expression, inside: frozenset[str], depth: int = 0
    ) -> Expression:
        """Return a part without groups; `inside` are the groups it is a part of."""
        if depth > EXPANDED_DEPTH_MAX:
            raise _too_much(f"nests deeper than {EXPANDED_DEPTH_MAX}")

        def part(item: Expression) -> Expression:
            return self.expand(item, inside, depth + 1)

        match expression:
            case Group(_, name, negated):
                meant = self._meaning(name, inside)
                found = self.expand(meant, inside | {name}, depth + 1)
                return Not(found) if negated else found
            case Not(item):
                return Not(part(item))
            case And(items):
                return And(tuple(map(part, items)))
            case Or(items):
                return Or(tuple(map(part, items)))
        self._terms += 1
        if self._terms > FILTER_TERMS_MAX:
            raise _too_much(f"has more than {FILTER_TERMS_MAX} terms")
        return expression

    def _meaning(self, name: str, inside: frozenset[str]) -> Expression:
        if name in inside or name not in self._groups:
            return Constant(name == DEFAULT_GROUP)
        try:
            return parse(self._groups[name] or "")
        except FilterError:
            return Constant(False)


def _too_much(problem: str) -> FilterError:
    return FilterError("", 0, f"with its groups the expression {problem}")
