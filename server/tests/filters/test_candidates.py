"""How a search looks for candidates: by the rarest part of a need, or by all of it."""

import pytest

BASE = 1_790_000_000
WINDOW = ((BASE - 3_600) * 1_000_000, (BASE + 1) * 1_000_000)


def segment(number, name, **fields):
    return {
        "name": name,
        "id": f"{number:016x}",
        "start_time": BASE - 0.5,
        "end_time": BASE,
        **fields,
    }


def trace_id(number):
    return f"1-{BASE - 1:08x}-{number:024x}"


@pytest.fixture
def statements(engine, monkeypatch):
    """The statements that the engine is asked."""
    asked = []
    query = engine.query

    def logged(sql, *rest, **named):
        asked.append(sql)
        return query(sql, *rest, **named)

    monkeypatch.setattr(engine, "query", logged)
    return asked


@pytest.mark.parametrize(
    ("each", "grouped"),
    [
        pytest.param(3, False, id="nobody else has it"),
        pytest.param(12, False, id="four times as many have it"),
        pytest.param(13, True, id="more have it"),
    ],
)
def test_the_rarest_part_is_looked_for_alone_where_few_others_have_it(
    put, find, statements, each, grouped
):
    """As many traces fail as are gold's; three of them are both."""
    failing = set(range(each))
    gold = set(range(each - 3, 2 * each - 3))
    put(
        {
            trace_id(number): [
                (
                    BASE * 1_000_000,
                    segment(
                        number + 1,
                        "shop",
                        fault=number in failing,
                        annotations={"tier": "gold" if number in gold else "tin"},
                    ),
                )
            ]
            for number in failing | gold
        }
    )
    found = find('fault AND annotation.tier = "gold"', WINDOW)
    assert found == {trace_id(number) for number in failing & gold}
    assert any("HAVING" in sql for sql in statements) == grouped


def test_what_no_row_in_the_last_seconds_has_is_found_before(put, find, statements):
    """Nothing tells how often it is met: all of the need is looked for."""
    document = segment(1, "shop", fault=True, annotations={"tier": "gold"})
    document |= {"start_time": BASE - 900, "end_time": BASE - 899}
    put({trace_id(1): [(BASE * 1_000_000, document)]})
    found = find('fault AND annotation.tier = "gold"', WINDOW)
    assert found == {trace_id(1)}
    assert any("HAVING" in sql for sql in statements)
