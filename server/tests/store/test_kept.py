"""What builds came to: read once, and kept within bounds."""

import numpy as np
import pytest

from fluoro.store import kept
from fluoro.store.digest import EMPTY, Digests, write_digests
from fluoro.store.rollups import Span

HOUR_S, HOUR_US = 3600, 3_600_000_000


def hours(*numbers):
    return [Span(HOUR_S, number * HOUR_US, 100 + number) for number in numbers]


def digest(*values):
    """The text of one state of values, each of weight 1."""
    means = np.array(values, float)
    number = np.zeros(len(values), np.int64)
    return write_digests(Digests(1, number, means, np.ones(len(values))))[0]


@pytest.fixture
def reader(engine):
    """Reading of an engine, and the builds that were really read."""
    seen = []

    def read(spans):
        seen.append([span.received_us // HOUR_US for span in spans])
        return [("a", len(spans), digest(3.0) + digest(1.0), EMPTY, EMPTY * 2, EMPTY)]

    return seen, lambda *numbers: kept.read_once(engine, hours(*numbers), read)


def test_the_same_builds_are_read_once_and_their_digests_made_one(reader):
    seen, read = reader
    merged = [("a", 2, digest(1.0, 3.0), EMPTY, EMPTY, EMPTY)]
    assert read(1, 2) == merged
    assert read(1, 2) == merged
    assert read(1, 3) == merged
    assert seen == [[1, 2], [1, 3]]


def test_a_new_build_of_an_hour_is_read(engine):
    rows = {build: [(build, *[EMPTY] * 4)] for build in (1, 2)}
    for build, expected in rows.items():
        spans = [Span(HOUR_S, 0, build)]
        assert kept.read_once(engine, spans, lambda _: expected) == expected  # noqa: B023


def test_what_was_not_asked_for_longest_makes_room(reader, monkeypatch):
    monkeypatch.setattr(kept, "KEPT_BYTES", 2500)
    seen, read = reader
    for number in (1, 2, 1, 3, 1, 2):
        read(number)
    assert seen == [[1], [2], [3], [2]]


def test_what_is_larger_than_all_there_is_room_for_is_not_kept(reader, monkeypatch):
    monkeypatch.setattr(kept, "KEPT_BYTES", 100)
    seen, read = reader
    read(1)
    read(1)
    assert seen == [[1], [1]]


def test_an_hour_is_read_once_whatever_stands_beside_it(engine):
    """A window moves on, slices are read again, each question has its own answers."""
    seen = []

    def ask(about, *spans):
        def read(lacking):
            seen.append([span.received_us // HOUR_US for span in lacking])
            return [(span.received_us, about, span.build) for span in lacking]

        expected = [(span.received_us, about, span.build) for span in spans]
        assert sorted(kept.read_hourly(engine, about, list(spans), read)) == expected

    def minutes(number):
        return [Span(60, number * HOUR_US + n * 60_000_000, n) for n in range(2)]

    slices = [Span(1, 3 * HOUR_US, 7)]
    ask("a", *minutes(1), *minutes(2))
    ask("a", *minutes(1), *minutes(2))
    ask("a", *minutes(2), *slices)
    ask("a", *minutes(2), *slices)
    ask("b", *minutes(2))
    late = Span(60, 2 * HOUR_US, 99)
    ask("b", late, minutes(2)[1])
    assert seen == [[1, 1, 2, 2], [3], [3], [2, 2], [2, 2]]


def test_hours_of_nothing_are_remembered_and_take_room(engine, monkeypatch):
    monkeypatch.setattr(kept, "KEPT_BYTES", 1000)
    asked = []

    def read(spans):
        asked.append(spans[0].build)
        return []

    for build in (1, 2, 3, 1, 4, 2):
        spans = [Span(60, 0, build)]
        assert kept.read_hourly(engine, "a", spans, read) == []
    assert asked == [1, 2, 3, 4, 2]
