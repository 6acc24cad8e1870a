"""When a trace starts and how long it takes."""

import pytest

from support.documents import NOW, independent, segment, subsegment, trace_of

YEAR_1970 = -NOW


@pytest.mark.parametrize(
    ("documents", "duration"),
    [
        pytest.param([segment("a", 0, None)], None, id="root in progress"),
        pytest.param(
            [segment("a", 26, None), segment("b", 27, 30)], 4, id="second root complete"
        ),
        pytest.param(
            [segment("a", 26, None, subsegments=[subsegment("b", 23, 28)])],
            5,
            id="root in progress, child complete",
        ),
        pytest.param(
            [
                segment("a", 0.25, None),
                independent("b", "a", 0.5, 1.75, namespace="remote"),
            ],
            1.5,
            id="root in progress, remote child complete",
        ),
        pytest.param(
            [segment("a", 26, 30, subsegments=[subsegment("b", 27, None)])],
            4,
            id="child still in progress",
        ),
        pytest.param(
            [segment("a", 26, 30, subsegments=[subsegment("b", 27, 34)])],
            8,
            id="child ends after the segment",
        ),
        pytest.param(
            [segment("a", 26, 30), independent("b", "c", 22, 34)], 4, id="orphan beside"
        ),
        pytest.param([segment("a", 5, 3)], None, id="end before start"),
        pytest.param([independent("b", "c", 22, 34)], None, id="orphans only"),
        pytest.param(
            [
                segment("a", YEAR_1970, 1),
                segment("b", YEAR_1970 - 1, 1),
                segment("c", -2_678_400, 1),
                segment("d", 600, 601),
            ],
            2_679_001,
            id="starts at or before 1970 are ignored",
        ),
        pytest.param([segment("a", YEAR_1970, 1)], None, id="no other start"),
    ],
)
def test_duration_as_recorded(documents, duration):
    assert trace_of(*documents).duration == duration


@pytest.mark.parametrize(
    ("documents", "start"),
    [
        ([segment("a", 5, 6, subsegments=[subsegment("b", 3, 4)])], NOW + 5),
        ([segment("a", 5, 6), segment("b", 4, None)], NOW + 4),
        ([segment("a", YEAR_1970 - 1, 1), segment("b", 4)], NOW + 4),
        ([segment("a", YEAR_1970 - 1, 1)], -1),
        ([independent("b", "c", 22, 34)], NOW + 22),
    ],
)
def test_start_is_the_earliest_of_the_segments(documents, start):
    assert trace_of(*documents).start == start


def test_the_root_is_the_first_segment_without_a_parent():
    trace = trace_of(segment("c", 0, parent_id="f"), segment("b", 2), segment("a", 1))
    assert trace.root.id.endswith("a")
    assert trace_of(segment("c", parent_id="f")).root is None
