"""The shop's traffic: visitors at random moments, and the worker behind them.

The same seed gives the same documents, apart from the times, which follow `start`.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from fluoro.shop.front import visit
from fluoro.shop.recorder import Document, Recording, Span
from fluoro.shop.services import worker

MESSAGES_PER_BATCH_MAX = 4


class Trace(NamedTuple):
    """One trace's documents with when each is sent, by time (epoch seconds).

    `arrival` is when the visitor came who caused it; it never runs backwards.
    """

    arrival: float
    sent: list[tuple[float, Document]]


def traffic(seed: int, start: float, per_second: float) -> Iterator[Trace]:
    """Yield trace after trace, without end.

    Visitors arrive as in a Poisson process of `per_second`, the first at `start`
    (epoch seconds). The orders they place are worked off in traces of their own.
    """
    random = Random(seed)  # noqa: S311 - a load to look at, no secret
    arrival = start
    waiting: list[Span] = []
    wanted = 1
    while True:
        recording = _recording(random, arrival)
        order = visit(recording, arrival)
        yield _trace(arrival, recording)
        if order is not None:
            waiting.append(order)
        if len(waiting) >= wanted:
            begin = max(order.now for order in waiting) + random.uniform(0.05, 2.0)
            recording = _recording(random, begin)
            worker(recording, begin, waiting)
            yield _trace(arrival, recording)
            waiting, wanted = [], random.randint(1, MESSAGES_PER_BATCH_MAX)
        arrival += random.expovariate(per_second)


def _recording(random: Random, start: float) -> Recording:
    """Begin a trace: its id carries the time, as X-Ray's clients make them."""
    return Recording(random, f"1-{int(start):08x}-{random.getrandbits(96):024x}")


def _trace(arrival: float, recording: Recording) -> Trace:
    return Trace(arrival, sorted(recording.sent, key=lambda sent: sent[0]))
