"""Traces to search: put into the engine as documents, asked through `search`."""

import json
from functools import partial

import pytest

from fluoro.filters.compile import compile_filter
from fluoro.filters.parser import parse
from fluoro.model.decode import decode_document
from fluoro.model.ids import parse_trace_id
from fluoro.query.summaries import causes_of
from fluoro.store.membership import members
from fluoro.store.rows import flatten
from fluoro.store.search import Search, search
from fluoro.store.writer import write


@pytest.fixture
def put(engine):
    """Store traces: lists of (stamp in microseconds, document) by trace id."""

    def put(traces):
        documents, rows = [], []
        for trace_id, received in traces.items():
            for stamp, document in received:
                text = json.dumps({**document, "trace_id": trace_id}).encode()
                entity, text = decode_document(text)
                documents.append([parse_trace_id(trace_id), stamp, text.decode()])
                rows += flatten(entity, stamp)
        write(engine, documents, [list(row) for row in rows])

    return put


PATIENCE_SECONDS = 100
"""How long a page may take: on a busy machine no less is to be found."""


@pytest.fixture
def find(engine):
    """Return the ids of the traces that an expression selects in a window."""

    def find(text, window, clock="TraceId"):
        expression = parse(text) if isinstance(text, str) else text
        condition = compile_filter(expression, ended_in_window=clock == "Service")
        found = search(
            engine,
            Search(
                *window,
                clock=clock,
                condition=condition,
                limit=10_000,
                seconds=PATIENCE_SECONDS,
                causes_of=partial(causes_of, engine),
            ),
        )
        assert found.complete
        assert found.cursor is None
        ids = [position.trace_id.hex() for position in found.traces]
        assert len(ids) == len(set(ids))
        assert found.traces == sorted(found.traces, reverse=True)
        return {f"1-{i[:8]}-{i[8:]}" for i in ids}

    return find


@pytest.fixture
def belonging(engine):
    """Return the ids of the traces received in a window that an expression selects."""

    def belonging(text, window):
        condition = compile_filter(parse(text))
        traces = members(engine, condition, window, partial(causes_of, engine))
        found = [i.hex() for (i,) in engine.query(traces.sql, traces.parameters)]
        assert len(found) == len(set(found))
        return {f"1-{i[:8]}-{i[8:]}" for i in found}

    return belonging
