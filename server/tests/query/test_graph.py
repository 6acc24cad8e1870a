"""The service graph, from documents through the engine, against a plain-Python one."""

import itertools
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fluoro.model.ids import parse_trace_id
from fluoro.query.graph import get_trace_graph
from fluoro.query.timeseries import ALL_TRAFFIC
from fluoro.store import cover, rollups
from fluoro.store.calls import CLIENT, EDGE, LINK, NODE
from fluoro.store.graph import Selection, read_documents_graph, read_traces
from query.graph_oracle import Tally, milliseconds, service_graph, summary, time_series
from query.graph_store import graph, in_order, put, roll, series
from query.graph_traces import BASE, MICRO, Maker, entity_id, trace_id

days = itertools.count()


# Failures are found again by their seeds; shrinking through an engine takes minutes.
quick = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

SELECTORS = [
    (ALL_TRAFFIC, lambda kind, source, target: kind == "client"),
    (
        Selection((NODE,), "cart"),
        lambda kind, source, target: kind == "node" and source[0] == "cart",
    ),
    (
        Selection((NODE,), "cart", "remote"),
        lambda kind, source, target: kind == "node" and source == ("cart", "remote"),
    ),
    (
        Selection((EDGE,), "shop", None, "cart", None),
        lambda kind, source, target: (
            kind == "" and source[0] == "shop" and target[0] == "cart"
        ),
    ),
]


def series_row(label, tallies, *, nodes):
    total = Tally()
    for tally in tallies:
        total.outcomes += tally.outcomes
        total.total_us += tally.total_us
        total.responses += tally.responses
    counted = summary(total) if tallies else None
    return {
        "Timestamp": float(label),
        "EdgeSummaryStatistics": None if nodes else counted,
        "ServiceSummaryStatistics": counted if nodes else None,
        "ServiceForecastStatistics": {"FaultCountHigh": None, "FaultCountLow": None},
        "ResponseTimeHistogram": milliseconds(total.responses) if tallies else None,
    }


@pytest.fixture
def exact(monkeypatch):
    """The tests' inserts are over when the next statement runs."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)


def made(seeds, spread_s):
    """Documents of random traces on a day of their own, and the day's start."""
    base_s = BASE + next(days) * 86_400
    known, documents = [], []
    for seed in seeds:
        documents += Maker(Random(seed), base_s, spread_s, known).make()
    return documents, base_s


@quick
@given(
    seeds=st.lists(st.integers(0, 2**32), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
    spread_s=st.sampled_from([5, 60, 400]),
)
def test_any_documents_in_any_order(engine, exact, seeds, order, spread_s):
    """Equal to the oracle before rollup, after it and across the boundary."""
    documents, base_s = made(seeds, spread_s)
    order.shuffle(documents)
    start, end = base_s * MICRO, (base_s + 500) * MICRO
    half = len(documents) // 2
    put(engine, documents[:half])
    assert graph(engine, start, end) == service_graph(documents[:half], start, end)
    roll(engine, base_s + order.randrange(500))
    put(engine, documents[half:])
    if order.random() < 0.5:  # what was replaced is gone
        engine.command("OPTIMIZE TABLE entities FINAL")
    want = service_graph(documents, start, end)
    assert graph(engine, start, end) == want
    roll(engine, base_s + 500)
    assert graph(engine, start, end) == want
    cut = start + order.randrange(500 * MICRO)
    assert graph(engine, start, cut) == service_graph(documents, start, cut)
    assert graph(engine, cut, end) == service_graph(documents, cut, end)


@settings(quick, max_examples=2)
@given(
    seeds=st.lists(st.integers(0, 2**32), min_size=3, max_size=6),
    random=st.randoms(use_true_random=False),
)
def test_rolled_up_while_they_come_in(engine, exact, seeds, random):
    """Late ones change slices, minutes made of slices, and minutes made of rows."""
    documents, base_s = made(seeds, 400)
    delays = {
        document["id"]: random.choice([0, 0, 30, 200]) for document, _ in documents
    }
    waiting = [(at + delays[doc["id"]] * MICRO, doc, at) for doc, at in documents]
    waiting.sort(key=lambda each: each[0])
    for second in range(base_s, base_s + 700, 50):
        while waiting and waiting[0][0] < second * MICRO:
            put(engine, [waiting.pop(0)[1:]])
        roll(engine, second)
    start, end = base_s * MICRO, (base_s + 500) * MICRO
    assert not waiting
    assert graph(engine, start, end) == service_graph(documents, start, end)
    cut = start + random.randrange(500 * MICRO)
    assert graph(engine, start, cut) == service_graph(documents, start, cut)
    assert graph(engine, cut, end) == service_graph(documents, cut, end)


@quick
@given(
    seeds=st.lists(st.integers(0, 2**32), min_size=1, max_size=12),
    spread_s=st.sampled_from([60, 400]),
    roll_s=st.integers(0, 500),
    selector=st.sampled_from(SELECTORS),
    period_s=st.sampled_from([60, 300]),
)
def test_series_of_any_documents(
    engine, exact, seeds, spread_s, roll_s, selector, period_s
):
    selection, choose = selector
    documents, base_s = made(seeds, spread_s)
    put(engine, documents)
    roll(engine, base_s + roll_s)
    window = base_s - 17, base_s + 451
    request = {"StartTime": window[0] + 0.5, "EndTime": window[1], "Period": period_s}
    rows = series(engine, request, selection)
    want = time_series(documents, *window, period_s, choose)
    nodes = selection.kinds == (NODE,)
    assert rows == [series_row(label, tallies, nodes=nodes) for label, tallies in want]


def test_an_answer_is_of_one_moment(engine, exact, monkeypatch):
    """What comes in while it is derived changes none of its parts.

    A late answer has made a slice stale; by the time that the slice is derived there is
    another one, and a copy of what a call hangs on.
    """
    base_s = BASE + next(days) * 86_400
    times = {"start_time": base_s, "end_time": base_s + 1}
    traces = [trace_id() for _ in range(3)]
    roots, calls, answers = (
        [
            {"trace_id": trace, "id": entity_id(), "name": name, **times}
            for trace in traces
        ]
        for name in ("front", "host", "back")
    )
    for root, call, answer in zip(roots, calls, answers, strict=True):
        call |= {"namespace": "remote", "type": "subsegment", "parent_id": root["id"]}
        answer["parent_id"] = call["id"]
    work = {**calls[2], "id": entity_id(), "namespace": None}
    calls[2]["parent_id"] = work["id"]
    early = {k: v for k, v in work.items() if k != "end_time"} | {"in_progress": True}
    before = [
        (doc, base_s * MICRO + n) for n, doc in enumerate([*roots, *calls, early])
    ]
    put(engine, before)
    roll(engine, base_s + 2)
    before.append((answers[0], (base_s + 3) * MICRO))
    put(engine, before[-1:])
    later = [
        (doc, (base_s + 4) * MICRO + n) for n, doc in enumerate([answers[1], work])
    ]
    staged, stage = [], cover.stage

    def stage_slowly(session, windows, **more):
        outlived = stage(session, windows, **more)
        if not staged:
            put(engine, later)
        staged.append(windows)
        return outlived

    monkeypatch.setattr(cover, "stage", stage_slowly)
    window = base_s * MICRO, (base_s + 10) * MICRO
    assert graph(engine, *window) == service_graph(before, *window)
    assert len(staged) == 2
    assert graph(engine, *window) == service_graph([*before, *later], *window)


def test_one_trace(engine):
    """A trace's graph is that of a window over nothing else, without times."""
    documents, _ = made(range(3), 5)
    put(engine, documents)
    for trace in sorted({document["trace_id"] for document, _ in documents}):
        own = [sent for sent in documents if sent[0]["trace_id"] == trace]
        want = service_graph(own, 0, 2**60)
        answer = in_order(get_trace_graph(engine, {"TraceIds": [trace]}))
        for service in want["Services"]:
            for bounded in (service, *service["Edges"]):
                bounded["StartTime"] = bounded["EndTime"] = None
        for service, wanted in zip(answer["Services"], want["Services"], strict=True):
            wanted |= {"HostedIn": None, "KeyAttributes": None}
            wanted["Region"] = service["Region"]
        got = [without_links(service) for service in answer["Services"]]
        assert got == [without_links(service) for service in want["Services"]]


def test_documents_alone_make_the_same_graph(engine):
    """Traces that are not indexed have nothing else, in any number of versions."""
    documents, _ = made(range(20), 5)
    put(engine, documents)
    ids = [parse_trace_id(trace) for trace in {doc["trace_id"] for doc, _ in documents}]
    want = read_traces(engine, ids)
    for table in ("entities", "graph_links"):
        engine.command(f"TRUNCATE TABLE {table}")
    assert {entity.kind for entity in want} == {NODE, EDGE, CLIENT, LINK}
    assert by_name(read_documents_graph(engine, ids)) == by_name(want)


def by_name(entities):
    return sorted(entities, key=lambda e: (e.kind, e.source, e.target))


def without_links(service):
    edges = [edge for edge in service["Edges"] if "EdgeType" not in edge]
    return {**service, "Edges": edges}
