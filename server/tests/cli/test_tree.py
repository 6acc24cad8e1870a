"""A trace's documents as rows: who is under whom."""

from fluoro.cli.tree import exceptions, rows


def entity(id_, start, *children, **members):
    made = {"id": id_, "name": id_, "start_time": start, "end_time": start + 1}
    if children:
        made["subsegments"] = list(children)
    return made | members


def shape(documents):
    return [("  " * row.depth) + row.document["name"] for row in rows(documents)]


def test_subsegments_by_start_and_callees_under_their_call():
    front = entity("front", 1, entity("late", 3), entity("call", 2))
    back = entity("back", 2, entity("query", 2.1), parent_id="call")

    assert shape([back, front]) == [
        "front",
        "  call",
        "    back",
        "      query",
        "  late",
    ]


def test_what_names_an_unknown_parent_is_a_root():
    assert shape([entity("b", 2, parent_id="gone"), entity("a", 1)]) == ["a", "b"]


def test_an_inferred_segment_names_the_resource():
    call = entity("call", 1)
    table = {"resource_names": ["carts"]}
    inferred = entity("x", 1, parent_id="call", inferred=True, aws=table)

    found = rows([entity("front", 1, call), inferred])

    assert [(row.document["name"], row.resource) for row in found] == [
        ("front", ""),
        ("call", "carts"),
    ]


def test_parents_in_a_circle_are_still_shown_once():
    a = entity("a", 1, entity("a1", 1), parent_id="b1")
    b = entity("b", 2, entity("b1", 2), parent_id="a1")

    assert sorted(name.strip() for name in shape([a, b])) == ["a", "a1", "b", "b1"]


def test_a_very_long_chain_of_callees():
    chain = [entity("s0", 0)]
    chain += [entity(f"s{i}", i, parent_id=f"s{i - 1}") for i in range(1, 3000)]

    assert rows(chain)[-1].depth == 2999


def test_branches_know_the_last_sibling():
    found = rows([entity("r", 1, entity("x", 1, entity("y", 1)), entity("z", 2))])

    assert [row.ancestors_last for row in found] == [
        (),
        (False,),
        (False, True),
        (True,),
    ]


def test_exceptions_of_odd_causes():
    assert exceptions({}) == []
    assert exceptions({"cause": "0123456789abcdef"}) == []
    assert exceptions({"cause": {"exceptions": ["x", {"type": "E"}]}}) == [
        {"type": "E"}
    ]
