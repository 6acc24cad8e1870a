"""Documents become one trace, whatever their order, repeats and way of delivery."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluoro.model.ids import parse_trace_id
from fluoro.model.limits import FOLDED_DEPTH_MAX
from fluoro.query.assemble import assemble
from fluoro.query.render import render_segments
from fluoro.query.summary import summarize
from support.documents import (
    TRACE_ID,
    hex_id,
    independent,
    received,
    segment,
    subsegment,
    trace_of,
)


def note(trace, entity_id):
    """The annotation that tells an entity's versions apart."""
    return (trace.parts[hex_id(entity_id)].entity.annotations or {}).get("v")


def version(value):
    return {"annotations": {"v": value}}


def parent_with(child):
    return segment("a", end=4, subsegments=[child])


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(
            parent_with(subsegment("c", end=None, **version("lost"))),
            independent("c", "a", **version("kept")),
            id="embedded in progress, then independent completed",
        ),
        pytest.param(
            parent_with(subsegment("c", **version("kept"))),
            independent("c", "a", **version("lost")),
            id="embedded completed, then independent completed",
        ),
        pytest.param(
            independent("c", "a", **version("kept")),
            parent_with(subsegment("c", **version("lost"))),
            id="independent completed, then embedded completed",
        ),
        pytest.param(
            independent("c", "a", end=None, **version("lost")),
            parent_with(subsegment("c", **version("kept"))),
            id="independent in progress, then embedded completed",
        ),
        pytest.param(
            segment("a", end=None, subsegments=[subsegment("c", **version("kept"))]),
            parent_with(subsegment("c", **version("lost"))),
            id="completed under an in-progress parent, then under the completed one",
        ),
        pytest.param(
            independent("c", "a", end=None, **version("lost")),
            independent("c", "a", end=None, **version("kept")),
            id="in progress twice: the latest",
        ),
        pytest.param(
            independent("c", "a", **version("kept")),
            independent("c", "a", end=None, **version("lost")),
            id="in progress after completed",
        ),
    ],
)
def test_the_version_that_counts(first, then):
    assert note(trace_of(first, then), "c") == "kept"


def test_the_first_completed_segment_wins_for_good():
    trace = trace_of(
        segment("a", end=None, **version("in progress")),
        segment("a", end=7, **version("first")),
        segment("a", end=9, **version("second")),
    )
    assert note(trace, "a") == "first"
    assert trace.duration == 7
    assert len(trace.receipts) == 2  # the second completed one changed nothing


def test_position_beats_parent_id_and_independent_ones_fold_at_any_depth():
    trace = trace_of(
        independent("e", "d"),
        segment(
            "a",
            subsegments=[
                subsegment("b", subsegments=[subsegment("c", parent_id="a")]),
            ],
        ),
        independent("d", "c"),
    )
    chain, part = [], trace.segments[0]
    while part.children:
        (part,) = part.children
        chain.append(part.id[-1])
    assert chain == ["b", "c", "d", "e"]


def test_segments_with_a_parent_stay_apart():
    trace = trace_of(
        segment("b", parent_id="c"), segment("a", subsegments=[subsegment("c")])
    )
    assert [part.id[-1] for part in trace.segments] == ["a", "b"]
    assert [part.id[-1] for part in trace.callees[hex_id("c")]] == ["b"]


def test_ids_are_the_same_in_upper_case_and_zeros_are_no_parent():
    trace = trace_of(
        segment("ABCD", parent_id="0" * 16), independent("c", "abcd"), segment("abcd")
    )
    assert set(trace.parts) == {hex_id("abcd"), hex_id("c")}
    assert trace.root is trace.parts[hex_id("abcd")]
    assert not trace.orphans


def test_cycles_are_orphans():
    trace = trace_of(
        segment("a"),
        independent("b", "c"),
        independent("c", "b"),
        independent("d", "d"),
        segment("e", parent_id="f"),
        segment("f", parent_id="e", fault=True),
    )
    assert sorted(part.id[-1] for part in trace.orphans) == ["b", "c", "d"]
    assert summarize(trace)["IsPartial"]
    assert len(list(render_segments(trace))) == 3


def test_an_id_twice_in_a_document_is_kept_once():
    trace = trace_of(
        segment(
            "a",
            subsegments=[
                subsegment("b", end=None, **version("in progress")),
                subsegment("b", **version("kept")),
                subsegment("b", **version("later")),
            ],
        )
    )
    assert note(trace, "b") == "kept"


@pytest.mark.parametrize("shape", ["flat", "chain", "embedded under one"])
def test_ten_thousand_streamed_subsegments_are_all_there(shape):
    number = 10_000
    documents = [segment("a", fault=True)]
    for i in range(1, number + 1):
        parent = f"{0xC000 + i - 1:x}" if shape == "chain" and i > 1 else "a"
        documents.append(
            independent(
                f"{0xC000 + i:x}",
                parent,
                namespace="remote",
                cause="f" * 16,
                fault=True,
            )
        )
    if shape == "embedded under one":
        documents.append(independent("c001", "a", end=None))
    trace = trace_of(*documents)
    assert len(trace.attached) == number + 1
    assert len(trace.inferred) == number
    summarize(trace)
    rendered = dict(render_segments(trace))
    assert rendered[hex_id("a")].count('"id"') == number + 1
    json.loads(rendered[hex_id("a")])  # nests no deeper than clients bear


def test_below_the_depth_that_is_answered_parts_stand_side_by_side():
    documents = [segment("a")]
    documents += [
        independent(f"{0xC00 + i:x}", f"{0xC00 + i - 1:x}" if i else "a")
        for i in range(FOLDED_DEPTH_MAX + 10)
    ]
    trace = trace_of(*documents)
    depth, part = 1, trace.segments[0]
    while len(part.children) == 1:
        (part,) = part.children
        depth += 1
    assert depth == FOLDED_DEPTH_MAX
    assert len(part.children) == 11


# A trace of known shape, sent in every way: each subsegment embedded or on its own,
# with copies and in-progress versions, in any order.

TREE = {"a": "", "b": "a", "c": "b", "d": "b", "e": "a", "f": "c", "1": "", "2": "1"}
CALLER_OF = {"1": "e"}


def members(entity_id):
    number = int(entity_id, 16)
    made = {"start": number / 16, "end": 2 + number / 8, "annotations": {"n": number}}
    if entity_id in "ceF2":
        made |= {"namespace": "remote", "fault": True}
    if entity_id == "c":
        made["cause"] = {"exceptions": [{"id": "9" * 16, "type": "T", "message": "M"}]}
    if entity_id == "a":
        made |= {"fault": True, "cause": "9" * 16, "user": "u"}
    return made


def tree_document(entity_id, embedded):
    children = [
        tree_document(child, embedded)
        for child, parent in TREE.items()
        if parent == entity_id and child in embedded
    ]
    made = members(entity_id) | ({"subsegments": children} if children else {})
    if entity_id in embedded:
        return subsegment(entity_id, **made)
    if TREE[entity_id]:
        return independent(entity_id, TREE[entity_id], **made)
    return segment(entity_id, parent_id=CALLER_OF.get(entity_id), **made)


@st.composite
def deliveries(draw):
    """The documents of the tree in some order, with copies and in-progress versions."""
    inner = [entity_id for entity_id, parent in TREE.items() if parent]
    embedded = draw(st.sets(st.sampled_from(inner)))
    complete = [tree_document(i, embedded) for i in TREE if i not in embedded]
    repeats = draw(st.lists(st.sampled_from(complete), max_size=4))
    started = [
        {**{k: v for k, v in d.items() if k not in ("end_time", "subsegments")}}
        | {"in_progress": True, "annotations": {"n": -1}}
        for d in draw(st.lists(st.sampled_from(complete), max_size=4))
    ]
    return draw(st.permutations(complete + repeats + started))


def answers(trace):
    summary = summarize(trace)
    del summary["Revision"]  # counts receipts, so it may tell orders apart
    return summary, trace.duration, list(render_segments(trace))


EXPECTED = answers(trace_of(*(tree_document(i, set()) for i in TREE)))


@settings(deadline=None)
@given(deliveries())
def test_all_orders_of_arrival_give_the_same_answers(documents):
    trace = assemble(parse_trace_id(TRACE_ID), received(*documents))
    assert answers(trace) == EXPECTED
