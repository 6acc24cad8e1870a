"""Copies of a segment, stored in another order than they were received in.

A copy that was received first but stored last (a server was down with it in its spool
while its client sent it again to another server) replaces one that is counted already.
"""

import itertools

import pytest

from fluoro.store import rollups
from query.graph_oracle import service_graph
from query.graph_store import graph, put, roll
from query.graph_traces import BASE, MICRO, entity_id, trace_id

days = itertools.count(5_000)


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    """The tests' inserts are over when the next statement runs."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)


def sent(base_s, second, document):
    return document, (base_s + second) * MICRO


def versions(base_s):
    """A segment in progress, and two completed versions of it that differ."""
    segment = {"trace_id": trace_id(), "id": entity_id(), "name": "shop"}
    segment["start_time"] = base_s
    call = {
        "id": entity_id(),
        "name": "carts",
        "namespace": "remote",
        "start_time": base_s,
        "end_time": base_s + 0.5,
    }
    return (
        {**segment, "in_progress": True},
        {**segment, "end_time": base_s + 1, "subsegments": [call]},
        {**segment, "end_time": base_s + 2, "fault": True, "name": "store"},
    )


def settle(engine):
    """Merge parts, so that replaced rows are gone."""
    engine.command("OPTIMIZE TABLE entities FINAL")


@pytest.mark.parametrize("merged", [False, True], ids=["there", "gone"])
@pytest.mark.parametrize("apart_s", [3, 20, 70, 700, 8_000])
@pytest.mark.parametrize("kinds", [(0, 1), (1, 0), (1, 2), (0, 0)])
def test_the_one_received_first_is_stored_last(engine, kinds, apart_s, merged):
    """Versions in progress and completed, within a slice, across minutes and hours."""
    base_s = BASE + next(days) * 86_400
    found = versions(base_s)
    first, second = (
        sent(base_s, 5 + apart_s * n, found[k]) for n, k in enumerate(kinds)
    )
    start, end = base_s * MICRO, (base_s + 10_000) * MICRO
    for stored, until_s in (([second], 9_000), ([second, first], 9_100)):
        put(engine, stored[-1:])
        if merged:
            settle(engine)
        want = service_graph(stored, start, end)
        assert graph(engine, start, end) == want
        roll(engine, base_s + until_s)
        assert graph(engine, start, end) == want
    for cut in (base_s + 10, base_s + 60, base_s + 5 + apart_s):
        halves = (start, cut * MICRO), (cut * MICRO, end)
        for half in halves:
            assert graph(engine, *half) == service_graph([first, second], *half)


def test_what_hung_on_the_replaced_copy_moves_with_it(engine):
    """A call that came on its own counts once its segment has come."""
    base_s = BASE + next(days) * 86_400
    _, first, second = versions(base_s)
    call = {
        **first["subsegments"][0],
        "id": entity_id(),
        "type": "subsegment",
        "trace_id": first["trace_id"],
        "parent_id": first["id"],
    }
    late = sent(base_s, 30, first)
    documents = [sent(base_s, 5, call), sent(base_s, 200, second)]
    put(engine, documents)
    roll(engine, base_s + 400)
    put(engine, [late])
    settle(engine)
    start, end = base_s * MICRO, (base_s + 500) * MICRO
    for window in ((start, end), (start, start + 60 * MICRO)):
        want = service_graph([*documents, late], *window)
        assert graph(engine, *window) == want
    roll(engine, base_s + 500)
    assert graph(engine, start, end) == service_graph([*documents, late], start, end)


def test_links_of_the_replaced_copy_go_with_it(engine):
    """The edge was counted where the other end was received, last of the two."""
    base_s = BASE + next(days) * 86_400
    producer = versions(base_s)[1]
    _, first, second = versions(base_s)
    second["links"] = [{"trace_id": producer["trace_id"], "id": producer["id"]}]
    documents = [sent(base_s, 40, second), sent(base_s, 200, producer)]
    put(engine, documents)
    roll(engine, base_s + 400)
    documents.append(sent(base_s, 35, first))
    put(engine, documents[-1:])
    settle(engine)
    start, end = base_s * MICRO, (base_s + 500) * MICRO
    for _ in range(2):
        assert graph(engine, start, end) == service_graph(documents, start, end)
        roll(engine, base_s + 500)


def test_what_was_held_up_for_long_is_counted(engine):
    """A day in a spool: longer than parts of a trace are joined."""
    base_s = BASE + next(days) * 86_400
    early, other = (sent(base_s, s, versions(base_s)[1]) for s in (5, 80_000))
    put(engine, [other])
    roll(engine, base_s + 80_100)
    put(engine, [early])
    start, end = base_s * MICRO, (base_s + 86_000) * MICRO
    for _ in range(2):
        assert graph(engine, start, end) == service_graph([early, other], start, end)
        roll(engine, base_s + 80_200)
