"""The service graph, from documents through the engine, against a plain-Python one."""

import itertools
import json
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluoro.model.decode import decode_document
from fluoro.model.errors import InvalidRequestError
from fluoro.query.graph import get_service_graph, get_trace_graph
from fluoro.store import rollups
from fluoro.store.roller import Roller
from fluoro.store.rows import flatten
from fluoro.store.writer import write
from query.graph_oracle import service_graph
from query.graph_traces import BASE, MICRO, Maker, entity_id, trace_id

days = itertools.count()


def put(engine, documents):
    """Store documents with the stamps they were received at."""
    entities = []
    for document, received_us in documents:
        entity, _ = decode_document(json.dumps(document).encode())
        entities += flatten(entity, received_us)
    write(engine, [], entities)


def shuffled(documents, random):
    """Any order of coming into the store, but for copies: the first received first."""
    places = list(documents)
    random.shuffle(places)
    copies = {}
    for document, received_us in sorted(documents, key=lambda sent: sent[1]):
        copies.setdefault(document["id"], []).append((document, received_us))
    return [copies[document["id"]].pop(0) for document, _ in places]


def graph(engine, start_us, end_us, **arguments):
    request = {"StartTime": start_us / MICRO, "EndTime": end_us / MICRO}
    return in_order(get_service_graph(engine, request, **arguments))


def in_order(answer):
    """Edges of a node stand in no order that means anything."""
    for service in answer["Services"]:
        service["Edges"].sort(key=lambda e: (e["ReferenceId"], e.get("EdgeType", "")))
    return answer


class Clock:
    """A clock that stands where it is put."""

    def __init__(self):
        self.seconds = float(BASE)

    def __call__(self):
        return self.seconds


def roll(engine, clock):
    roller = Roller(engine, clock)
    while roller.step():
        pass


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seeds=st.lists(st.integers(0, 2**32), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
    spread_s=st.sampled_from([5, 60, 400]),
)
def test_any_documents_in_any_order(engine, monkeypatch, seeds, order, spread_s):
    """Equal to the oracle while it comes in, before, across and after rollup."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)
    base_s = BASE + next(days) * 86_400
    clock, known, documents = Clock(), [], []
    for seed in seeds:
        documents += Maker(Random(seed), base_s, spread_s, known).make()
    documents = shuffled(documents, order)
    third = len(documents) // 3 + 1
    start, end = base_s * MICRO, (base_s + 500) * MICRO
    for stored in (third, 2 * third, 3 * third):
        put(engine, documents[stored - third : stored])
        for part in (0, order.randrange(500), 500):
            got = graph(engine, start, end)
            assert got == service_graph(documents[:stored], start, end)
            clock.seconds = base_s + part
            roll(engine, clock)
    cut = start + order.randrange(500 * MICRO)
    for window in ((start, end), (start, cut), (cut, end), (start, start + 60 * MICRO)):
        assert graph(engine, *window) == service_graph(documents, *window)
