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
    lasting = [n for n, one in enumerate(statistics) if one.lasted.strip(EMPTY)]
    durations = dict(
        zip(
            lasting,
            _drawn([statistics[n].plain + statistics[n].lasted for n in lasting]),
            strict=True,
        )
    )
    ages = _drawn([one.age for one in statistics])
    return [
        Histograms(response, durations.get(n, response), age)
        for n, (response, age) in enumerate(zip(responses, ages, strict=True))
    ]


def _drawn(texts: list[bytes]) -> list[list[HistogramEntry]]:
    """Return the histogram of each text of digests, by value.

    Recorded: values are unique and have whole milliseconds.
    """
    histograms: list[list[HistogramEntry]] = []
    for digests in merge_texts(texts):
        drawn = bins(digests)
        entries = list(map(HistogramEntry, drawn.values, drawn.counts))
        histograms += [entries[a:b] for a, b in pairwise(drawn.starts)]
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
