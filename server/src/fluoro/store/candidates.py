"""The SELECT of the traces that have the rows a filter needs (`filters.prefilter`)."""

from fluoro.filters.prefilter import All, Need, Owned, Row

# One of 64 bits for a segment: those of two sets of rows meet where a segment is in
# both, and seldom elsewhere. All bits where a row does not say its segment.
_BIT = """if(segment_id = 0, bitNot(toUInt64(0)),
    bitShiftLeft(toUInt64(1), segment_id % 64))"""


def candidates(need: Need | None, conditions: list[str]) -> str:
    """Return the SELECT of traces that have the rows a condition needs."""
    where = " AND ".join(conditions)
    if need is None:
        return f"SELECT DISTINCT trace_id FROM entities WHERE {where}"
    if isinstance(need, Row):
        return f"SELECT DISTINCT trace_id FROM entities WHERE {where} AND {need.sql}"
    tests: list[str] = []
    having = _having(need, tests)
    columns = ", ".join(f"({sql}) AS p{n}" for n, sql in enumerate(tests))
    some = " OR ".join(f"p{n}" for n in range(len(tests)))
    return (
        f"SELECT trace_id FROM (SELECT trace_id, {_BIT} AS bit, {columns} FROM entities"
        f" WHERE {where} AND ({some})) GROUP BY trace_id HAVING {having}"
    )


def _having(need: Need, tests: list[str]) -> str:
    """Return a need as a condition on a trace's rows; add the tests it names."""
    match need:
        case Row(sql):
            return f"max({_tested(sql, tests)})"
        case Owned(sql, owner):
            row, segment = _tested(sql, tests), _tested(owner, tests)
            bits = f"groupBitOrIf(bit, {row}), groupBitOrIf(bit, {segment})"
            return f"(bitAnd({bits}) != 0)"
    connective = " AND " if isinstance(need, All) else " OR "
    return f"({connective.join(_having(item, tests) for item in need.items)})"


def _tested(sql: str, tests: list[str]) -> str:
    """Return the name of a row's test, which is made once."""
    if sql not in tests:
        tests.append(sql)
    return f"p{tests.index(sql)}"
