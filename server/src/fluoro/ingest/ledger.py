"""The loss ledger: every document that arrives ends in exactly one counter.

For each transport, at every moment:

    received = stored + merged + rejected{reason} + dropped{reason} + in flight

`stored` is a document that is new to this server, `merged` one whose (trace, id) it
has taken in before (a repeat, or the completed version of one in progress), `rejected`
one that is refused for what it is, `dropped` one that was fine and is lost for want of
room. `in flight` is what is acknowledged and not yet in the store.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class Tally(NamedTuple):
    """A transport's counters at one moment."""

    received: int
    stored: int
    merged: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    in_flight: int


class Ledger:
    """Counters by transport; safe to use from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def count(
        self, transport: str, outcome: str, number: int = 1, reason: str = ""
    ) -> None:
        """Add to `received`, `stored`, `merged`, `rejected` or `dropped`."""
        with self._lock:
            self._counts[transport, outcome, reason] += number

    def count_many(self, counts: Iterable[tuple[str, str, int, str]]) -> None:
        """Add several at once: (transport, outcome, number, reason)."""
        with self._lock:
            for transport, outcome, number, reason in counts:
                self._counts[transport, outcome, reason] += number

    def tallies(self) -> dict[str, Tally]:
        """Return each transport's counters, taken at one moment."""
        with self._lock:
            counts = dict(self._counts)
        return {
            transport: _tally(transport, counts)
            for transport in sorted({key[0] for key in counts})
        }


def _tally(transport: str, counts: dict[tuple[str, str, str], int]) -> Tally:
    def reasons(outcome: str) -> dict[str, int]:
        return {
            key[2]: number
            for key, number in sorted(counts.items())
            if key[:2] == (transport, outcome)
        }

    received = counts.get((transport, "received", ""), 0)
    stored = counts.get((transport, "stored", ""), 0)
    merged = counts.get((transport, "merged", ""), 0)
    rejected, dropped = reasons("rejected"), reasons("dropped")
    ended = stored + merged + sum(rejected.values()) + sum(dropped.values())
    return Tally(received, stored, merged, rejected, dropped, received - ended)
