"""From t-digests to X-Ray's histograms and statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from fluoro.store.digest import EMPTY, bins, merge_texts
from fluoro.store.graph import Statistics

Answer = dict[str, Any]


class HistogramEntry(msgspec.Struct, frozen=True, gc=False, rename="pascal"):
    """A bar of a histogram: a value in seconds, and how often it was.

    An answer may hold hundreds of thousands: as a dict each took six times the memory
    and four times as long to make.
    """

    value: float
    count: int


@dataclass(frozen=True, slots=True)
class Histograms:
    """What X-Ray shows of an entity.

    `responses`: from start to response, each request once; `durations`: with the work
    that outlives the response; `ages`: of what was received over a `link` edge.
    """

    responses: list[HistogramEntry]
    durations: list[HistogramEntry]
    ages: list[HistogramEntry]


NOTHING = Histograms([], [], [])


def histograms(statistics: Sequence[Statistics]) -> list[Histograms]:
    """Return the histograms of many entities: all at once costs a few calls."""
    responses = _drawn([one.plain + one.answered for one in statistics])
    # Of most requests the responses say how long they took.
    lasted = _drawn(
        [
            one.plain + one.lasted if one.lasted.strip(EMPTY) else EMPTY
            for one in statistics
        ]
    )
    ages = _drawn([one.age for one in statistics])
    return [
        Histograms(response, durations or response, age)
        for response, durations, age in zip(responses, lasted, ages, strict=True)
    ]


def _drawn(texts: list[bytes]) -> list[list[HistogramEntry]]:
    """Return the histogram of each text of digests, by value.

    Recorded: values are unique and have whole milliseconds.
    """
    histograms: list[list[HistogramEntry]] = [[] for _ in texts]
    some = [number for number, text in enumerate(texts) if text.strip(EMPTY)]
    numbers = iter(some)
    for digests in merge_texts([texts[number] for number in some]):
        drawn = bins(digests)
        entries = list(map(HistogramEntry, drawn.values, drawn.counts))
        for a, b in pairwise(drawn.starts):
            histograms[next(numbers)] = entries[a:b]
    return histograms


def summary(statistics: Statistics | None) -> Answer:
    """Return a node's or an edge's SummaryStatistics, zeros for None."""
    ok, error, throttle, fault, total_us = (
        (
            statistics.ok,
            statistics.error,
            statistics.throttle,
            statistics.fault,
            statistics.response_us,
        )
        if statistics
        else (0, 0, 0, 0, 0)
    )
    return {
        "OkCount": ok,
        "ErrorStatistics": {
            "ThrottleCount": throttle,
            "OtherCount": error,
            "TotalCount": throttle + error,
        },
        "FaultStatistics": {"OtherCount": fault, "TotalCount": fault},
        "TotalCount": ok + error + throttle + fault,
        "TotalResponseTime": (total_us + 500) // 1000 / 1000,
    }
