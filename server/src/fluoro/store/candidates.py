"""SELECTs of the traces that have the rows a filter needs (`filters.prefilter`)."""

from collections.abc import Callable
from typing import TypeVar

from fluoro.filters.prefilter import All, Need, Owned, Row, Tests

_Item = TypeVar("_Item")

# One of 64 bits for a segment: those of two sets of rows meet where a segment is in
# both, and seldom elsewhere. All bits where a row does not say its segment.
_BIT = "if(segment_id = 0, 18446744073709551615, intExp2(segment_id % 64))"


def candidates(need: Need | None, conditions: list[str]) -> str:
    """Return the SELECT of traces that have the rows a condition needs."""
    if need is None or isinstance(need, Row):
        where = " AND ".join([*conditions, *(need.tests if need else ())])
        return f"SELECT DISTINCT trace_id FROM entities WHERE {where}"
    columns = _Columns()
    having = _having(need, columns)
    rows = columns.rows(conditions)
    return f"SELECT trace_id FROM ({rows}) GROUP BY trace_id HAVING {having}"


def parts(need: Need | None) -> list[Row]:
    """Return what each part of a need asks of some row; [] where the need is a row."""
    if need is None or isinstance(need, Row):
        return []
    return [Row((_of_row(item, _all),)) for item in _items(need)]


def weighed(need: Need, conditions: list[str]) -> str:
    """Return the SELECT of how many traces there are, and how many for each part.

    The conditions say which rows are looked at.
    """
    columns = _Columns()
    tests = [
        _having(need, columns),
        *(f"max({_of_row(item, columns.of)})" for item in _items(need)),
    ]
    counted = ", ".join(f"sum(k{n})" for n in range(len(tests)))
    named = ", ".join(f"{test} AS k{n}" for n, test in enumerate(tests))
    rows = columns.rows(conditions)
    return f"SELECT {counted} FROM (SELECT {named} FROM ({rows}) GROUP BY trace_id)"


def _items(need: Need) -> tuple[Need, ...]:
    return need.items if isinstance(need, All) else (need,)


def _of_row(need: Need, of: Callable[[Tests], str]) -> str:
    """Return what some row of every trace satisfies that has the rows of a need."""
    match need:
        case Row(tests) | Owned(tests):
            return of(tests)
        case All(items):
            return _of_row(items[0], of)
    return f"({' OR '.join(_of_row(item, of) for item in need.items)})"


def _all(tests: Tests) -> str:
    return f"({' AND '.join(tests)})"


class _Columns:
    """Tests of rows (t0...), and which rows satisfy several (p0...), each made once.

    Planning looks at every call of a function, and rows have most tests in common.
    """

    def __init__(self) -> None:
        self._tests: list[str] = []
        self._rows: list[tuple[int, ...]] = []

    def of(self, tests: Tests) -> str:
        """Return the name of the column that says whether a row satisfies tests."""
        numbers = tuple(_number(self._tests, test) for test in tests)
        return f"p{_number(self._rows, numbers)}"

    def rows(self, conditions: list[str]) -> str:
        """Return the SELECT of rows that satisfy some of the tests asked for."""
        tests = [f"({sql}) AS t{n}" for n, sql in enumerate(self._tests)]
        rows = [
            f"({' AND '.join(f't{t}' for t in row)}) AS p{n}"
            for n, row in enumerate(self._rows)
        ]
        some = " OR ".join(f"p{n}" for n in range(len(self._rows)))
        return (
            f"SELECT trace_id, {', '.join([f'{_BIT} AS bit', *tests, *rows])}"
            f" FROM entities WHERE {' AND '.join([*conditions, f'({some})'])}"
        )


def _number(known: list[_Item], item: _Item) -> int:
    """Return an item's place in a list, at the end of which it is put if need be."""
    if item not in known:
        known.append(item)
    return known.index(item)


def _having(need: Need, columns: _Columns) -> str:
    """Return a need as a condition on a trace's rows; add the columns it names."""
    match need:
        case Row(tests):
            return f"max({columns.of(tests)})"
        case Owned(tests, owner):
            row, segment = columns.of(tests), columns.of(owner)
            bits = f"groupBitOrIf(bit, {row}), groupBitOrIf(bit, {segment})"
            return f"(bitAnd({bits}) != 0)"
    connective = " AND " if isinstance(need, All) else " OR "
    return f"({connective.join(_having(item, columns) for item in need.items)})"
