"""Searching selects what an independent oracle selects."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filters import oracle, strategies
from fluoro.filters.parser import parse

EPOCH = 1_790_000_000
SPACING = 100_000
_examples = itertools.count()


@pytest.mark.parametrize("clock", ["TraceId", "Event", "Service"])
def test_search_agrees_with_the_oracle(put, find, clock):
    @settings(
        max_examples=10,
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
        window = ((base - 1) * 1_000_000, (base + 5) * 1_000_000)
        ended = window if clock == "Service" else None
        for text in data.draw(st.lists(strategies.expressions, min_size=6, max_size=6)):
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
