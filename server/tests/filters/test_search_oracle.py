"""Searching selects what an independent oracle selects."""

import itertools
import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from filters import oracle, strategies
from fluoro.filters.parser import parse
from fluoro.model.ids import parse_trace_id
from fluoro.query.assemble import assemble
from fluoro.query.causes import failure_causes, response_time_causes
from fluoro.query.summaries import get_trace_summaries
from fluoro.store import membership, rollups

EPOCH = 1_790_000_000
SPACING = 100_000
REACHES = [(0, 0), (0, 40_000), (20_000, 2_000), (20_000, 0)]
"""How many seconds a window reaches further: a search looks at a narrow one at once, at
a wide one in slices, of which the last, one in the middle or the first has the traces.
Those in the first tell how to look for others."""

_examples = itertools.count()


def served(trace_id, received):
    """The root causes that GetTraceSummaries shows."""
    documents = [
        (stamp, json.dumps({**document, "trace_id": trace_id}).encode())
        for stamp, document in received
    ]
    trace = assemble(parse_trace_id(trace_id), documents)
    return {
        "fault": failure_causes(trace, "fault"),
        "error": failure_causes(trace, "error"),
        "responsetime": response_time_causes(trace),
    }


def in_order(causes):
    """Equal ones that start at once stand in no order that means anything."""
    impacting = [c["ClientImpacting"] for c in causes]
    assert impacting == sorted(impacting, reverse=True)
    return sorted(causes, key=lambda cause: json.dumps(cause, sort_keys=True))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents=strategies.failing_traces(EPOCH))
def test_root_causes_agree_with_the_oracle(documents):
    received = list(enumerate(documents))
    found = served("1-6ab00000-" + "b" * 24, received)
    for kind, causes in oracle.Trace(received).causes.items():
        assert in_order(found[kind]) == in_order(causes), kind


@pytest.mark.parametrize(
    ("clock", "expressions"),
    [
        ("TraceId", strategies.expressions),
        ("Event", strategies.expressions),
        ("Service", strategies.expressions),
        ("TraceId", strategies.causes),
        ("TraceId", strategies.causes_among_others),
    ],
    ids=["TraceId", "Event", "Service", "causes", "causes among others"],
)
def test_search_agrees_with_the_oracle(put, find, clock, expressions):
    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=st.data())
    def agree(data):
        base = EPOCH + SPACING * next(_examples)
        drawn = data.draw(st.lists(strategies.traces(base), min_size=1, max_size=12))
        stored, known = {}, {}
        for number, documents in enumerate(drawn):
            trace_id = f"1-{base:08x}-{number:024x}"
            stamps = itertools.count((base + number) * 1_000_000)
            received = [(next(stamps), document) for document in documents]
            stored[trace_id], known[trace_id] = received, oracle.Trace(received)
        put(stored)
        before, beyond = data.draw(st.sampled_from(REACHES))
        start, end = base - 1 - before, base + 5 + beyond
        window = (start * 1_000_000, end * 1_000_000)
        ended = window if clock == "Service" else None
        for text in data.draw(st.lists(expressions, min_size=6, max_size=6)):
            expression = parse(text)
            expected = {
                trace_id
                for trace_id, trace in known.items()
                if (at := trace.clock(clock, window)) is not None
                and window[0] <= at < window[1]
                and oracle.selects(expression, trace, ended)
            }
            assert find(text, window, clock) == expected, text

    agree()


@pytest.mark.parametrize(
    "expressions", [strategies.expressions, strategies.causes], ids=["any", "causes"]
)
def test_members_of_a_group_agree_with_the_oracle(
    put, belonging, monkeypatch, expressions
):
    """Whatever its clock, a trace belongs by what was received in the window."""
    monkeypatch.setattr(membership, "CAUSES_AT_ONCE_MAX", 2)
    monkeypatch.setattr(rollups, "ROWS_PER_STAGE", 5)

    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=st.data())
    def agree(data):
        base = EPOCH + SPACING * next(_examples)
        drawn = data.draw(st.lists(strategies.traces(base), min_size=1, max_size=12))
        stored = {
            f"1-{base:08x}-{number:024x}": list(
                enumerate(documents, (base + number) * 1_000_000)
            )
            for number, documents in enumerate(drawn)
        }
        put(stored)
        known = {trace_id: oracle.Trace(stored[trace_id]) for trace_id in stored}
        received = (
            base * 1_000_000,
            (base + data.draw(st.integers(1, 12))) * 1_000_000,
        )
        for text in data.draw(st.lists(expressions, min_size=6, max_size=6)):
            expression = parse(text)
            expected = {
                trace_id
                for trace_id, trace in known.items()
                if stored[trace_id][0][0] < received[1]
                and oracle.selects(expression, trace, None)
            }
            assert belonging(text, received) == expected, text

    agree()


selectors = strategies.formulas(st.one_of(strategies.services, strategies.edges))


def test_the_entities_matched_agree_with_the_oracle(engine, put):
    """By the Service clock a summary shows what service and edge terms selected."""
    shown = []

    @settings(
        max_examples=6,
        deadline=None,
        phases=[Phase.generate],  # shrinking through an engine takes minutes
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(data=st.data())
    def agree(data):
        base = EPOCH + SPACING * next(_examples)
        drawn = data.draw(st.lists(strategies.traces(base), min_size=1, max_size=8))
        stored = {
            f"1-{base:08x}-{number:024x}": list(enumerate(documents, base * 1_000_000))
            for number, documents in enumerate(drawn)
        }
        put(stored)
        known = {trace_id: oracle.Trace(stored[trace_id]) for trace_id in stored}
        window = ((base - 1) * 1_000_000, (base + 2) * 1_000_000)
        request = {"StartTime": base - 1, "EndTime": base + 2}
        request["TimeRangeType"] = "Service"
        for text in data.draw(st.lists(selectors, min_size=4, max_size=4)):
            answer = get_trace_summaries(
                engine, {**request, "FilterExpression": text}, {}
            )
            for summary in answer["TraceSummaries"]:
                want = oracle.matched(parse(text), known[summary["Id"]], window)
                assert {member: summary[member] for member in want} == want, text
                shown.extend(want.values())

    agree()
    assert any(shown)
