"""The SELECT of the traces that have the rows a filter needs (`filters.prefilter`)."""

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
    return (
        f"SELECT trace_id FROM (SELECT trace_id, {_BIT} AS bit, {columns.sql}"
        f" FROM entities WHERE {' AND '.join([*conditions, columns.some])})"
        f" GROUP BY trace_id HAVING {having}"
    )


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

    @property
    def sql(self) -> str:
        """The columns of a SELECT."""
        tests = [f"({sql}) AS t{n}" for n, sql in enumerate(self._tests)]
        rows = [
            f"({' AND '.join(f't{t}' for t in row)}) AS p{n}"
            for n, row in enumerate(self._rows)
        ]
        return ", ".join([*tests, *rows])

    @property
    def some(self) -> str:
        """The condition that a row satisfies some tests asked for."""
        return f"({' OR '.join(f'p{n}' for n in range(len(self._rows)))})"


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
