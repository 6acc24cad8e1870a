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
from fluoro.model.limits import FILTER_TERMS_MAX

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

    def expand(self, expression: Expression, inside: frozenset[str]) -> Expression:
        """Return a part without groups; `inside` are the groups it is a part of."""
        match expression:
            case Group(_, value, negated):
                found = self._group(value, inside)
                return Not(found) if negated else found
            case Not(item):
                return Not(self.expand(item, inside))
            case And(items):
                return And(tuple(self.expand(item, inside) for item in items))
            case Or(items):
                return Or(tuple(self.expand(item, inside) for item in items))
        self._terms += 1
        if self._terms > FILTER_TERMS_MAX:
            raise FilterError(
                "", 0, f"with its groups it has more than {FILTER_TERMS_MAX} terms"
            )
        return expression

    def _group(self, name: str, inside: frozenset[str]) -> Expression:
        if name in inside or name not in self._groups:
            return Constant(name == DEFAULT_GROUP)
        text = self._groups[name]
        try:
            parsed = parse(text or "")
        except FilterError:
            return Constant(False)
        return self.expand(parsed, inside | {name})
