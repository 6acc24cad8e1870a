"""From t-digests to X-Ray's histograms and statistics."""

from typing import Any

import numpy as np

from fluoro.store.digest import Centroids, merge_centroids, read_centroids
from fluoro.store.graph import Statistics

Answer = dict[str, Any]

_EMPTY = "00"
"""A digest of nothing."""


def response_times(statistics: Statistics | None) -> list[Answer]:
    """Return the ResponseTimeHistogram: from start to response, each request once."""
    return _histogram(statistics.plain, statistics.answered) if statistics else []


def durations(statistics: Statistics | None) -> list[Answer]:
    """Return the DurationHistogram: with the work that outlives the response."""
    return _histogram(statistics.plain, statistics.lasted) if statistics else []


def outlived(statistics: Statistics | None) -> bool:
    """Whether any work did: if not, both histograms are the same."""
    return statistics is not None and statistics.lasted != _EMPTY


def ages(statistics: Statistics) -> list[Answer]:
    """Return the ReceivedEventAgeHistogram of a `link` edge."""
    return _histogram(statistics.age)


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


def _histogram(*digests: str) -> list[Answer]:
    return entries(merge_centroids(map(read_centroids, digests)))


def entries(centroids: Centroids) -> list[Answer]:
    """Return `{Value, Count}` by value: seconds, rounded half up to milliseconds.

    Recorded: values are unique, so centroids that round to one value are added up.
    """
    means, weights = centroids
    values = np.floor(means + 0.5)
    starts = np.flatnonzero(np.diff(values, prepend=-1.0))
    if not len(starts):
        return []
    counts = np.add.reduceat(weights, starts).astype(np.int64).tolist()
    seconds = (values[starts] / 1000).tolist()
    return [
        {"Value": value, "Count": count}
        for value, count in zip(seconds, counts, strict=True)
    ]
