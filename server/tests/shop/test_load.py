"""The made-up shop: real documents, the same for the same seed."""

import json
from collections import Counter
from itertools import islice, pairwise

import pytest

from fluoro.model.decode import decode_document
from fluoro.shop.load import traffic
from fluoro.shop.services import SLOW_NETWORK

START = 1_716_580_000.0


@pytest.fixture(scope="module")
def traces():
    return list(islice(traffic(11, START, 5.0), 1500))


@pytest.fixture(scope="module")
def documents(traces):
    return [document for trace in traces for _, document in trace.sent]


def test_each_document_is_one_that_x_ray_takes(documents):
    for document in documents:
        decode_document(json.dumps(document).encode())


def test_a_seed_makes_the_same_traffic():
    one, same, other = (
        list(islice(traffic(seed, START, 5.0), 50)) for seed in (1, 1, 2)
    )

    assert one == same
    assert one != other


def test_documents_are_sent_when_they_are_known(traces):
    assert all(a.arrival <= b.arrival for a, b in pairwise(traces))
    for trace in traces:
        assert all(a[0] <= b[0] for a, b in pairwise(trace.sent))
        assert trace.arrival < trace.sent[0][0]
        for at, document in trace.sent:
            assert at == document.get("end_time", document["start_time"])


def test_children_lie_inside_their_parents(documents):
    pending = [d for d in documents if not d.get("in_progress")]
    while pending:
        parent = pending.pop()
        assert parent["start_time"] <= parent["end_time"]
        for child in parent.get("subsegments", ()):
            assert parent["start_time"] <= child["start_time"]
            assert child["end_time"] <= parent["end_time"]
            pending.append(child)


def test_everything_that_can_happen_happens(documents):
    outcomes = Counter()
    for document in documents:
        for flag in ("fault", "error", "throttle", "in_progress", "links", "user"):
            outcomes[flag] += bool(document.get(flag))
        outcomes["streamed"] += document.get("type") == "subsegment"
        outcomes["exception"] += '"exceptions"' in json.dumps(document)
        outcomes["cold_start"] += (document.get("annotations") or {}).get(
            "cold_start", False
        )

    assert all(outcomes.values()), outcomes
    assert sum(bool(d.get("fault")) for d in documents) < len(documents) / 10


def test_one_card_network_explains_the_slow_payments(documents):
    def took(slow):
        times = [
            d["end_time"] - d["start_time"]
            for d in documents
            if d["name"] == "payments"
            and (d["annotations"]["card_network"] == SLOW_NETWORK) == slow
        ]
        return sorted(times)[len(times) // 2]

    assert took(slow=True) > 5 * took(slow=False)


def test_the_worker_links_to_the_orders_it_works_off(documents):
    traces = {d["trace_id"] for d in documents}
    links = [link for d in documents for link in d.get("links", ())]

    assert links
    assert all(link["trace_id"] in traces for link in links)
