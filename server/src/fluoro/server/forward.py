"""Forwarding what is taken in, so that a team can run two systems while it moves.

A thread sends what the spool has synced to one target, and lets the spool forget a
batch once all of it has ended: what waits when a server ends, or crashes, is sent by
the next one, some of it perhaps twice. Ingest never waits for the target: what it does
not take for minutes, or what no longer fits the queue, is dropped and counted. For each
document, at every moment:

    taken = forwarded + rejected + dropped{reason} + waiting
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence

import structlog

from fluoro.ingest.batch import Document
from fluoro.ingest.mover import Numbered
from fluoro.ingest.spool import Spool
from fluoro.model.limits import FORWARD_DOCUMENTS_MAX, FORWARD_SECONDS_MAX
from fluoro.server.targets import (
    Target,
    TargetRefusedError,
    TryLaterError,
    pause,
)

log = structlog.get_logger()

PAUSE_SECONDS_MAX = 30.0
DRAIN_SECONDS = 3.0

Outcomes = dict[tuple[str, str], int]
"""How many documents ended in each way, by (outcome, reason)."""


class Forwarder:
    """Sends batches to `target` on a thread of its own, from `start` to `stop`."""

    def __init__(
        self, target: Target, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._target = target
        self._monotonic = monotonic
        self._spool: Spool | None = None
        self._condition = threading.Condition()
        self._waiting: deque[Document] = deque()
        self._batches: deque[list[int]] = deque()  # [number, documents that wait]
        self._sending = 0
        self._stop_at: float | None = None
        self._counts: Counter[tuple[str, str]] = Counter()
        self._thread = threading.Thread(target=self._run, name="forward", daemon=True)

    def start(self, spool: Spool) -> None:
        """Send what an earlier process left in `spool`, then what comes."""
        self._spool = spool
        self._thread.start()

    def stop(self) -> None:
        """Send what waits for some seconds more, then end; the spool has the rest."""
        with self._condition:
            self._stop_at = self._monotonic() + DRAIN_SECONDS
            self._condition.notify_all()
        self._thread.join()

    def take(self, batches: Sequence[Numbered]) -> None:
        """Queue the documents of batches; drop those there is no room for."""
        with self._condition:
            for number, batch in batches:
                room = FORWARD_DOCUMENTS_MAX - len(self._waiting) - self._sending
                queued = batch.texts[: max(room, 0)]
                self._waiting.extend(queued)
                self._batches.append([number, len(queued)])
                self._counts["taken", ""] += len(batch.texts)
                lost = len(batch.texts) - len(queued)
                if lost:
                    self._counts["dropped", "queue_full"] += lost
            self._condition.notify_all()

    def counts(self) -> Outcomes:
        """Return the counters by (outcome, reason), `waiting` among them."""
        with self._condition:
            waiting = len(self._waiting) + self._sending
            return {**self._counts, ("waiting", ""): waiting}

    def _run(self) -> None:
        assert self._spool is not None
        for number, batch in self._spool.recovered():
            if not self._send_again(batch.texts):
                return
            self._spool.remove([number])
        while documents := self._next():
            if not self._send(documents):
                return
            self._spool.remove(self._ended(len(documents)))

    def _send_again(self, documents: Sequence[Document]) -> bool:
        """Send what an earlier process took; False when told to stop."""
        size = self._target.documents_max
        for first in range(0, len(documents), size):
            part = documents[first : first + size]
            with self._condition:
                if self._stop_at is not None:
                    return False
                self._counts["taken", ""] += len(part)
                self._sending = len(part)
            if not self._send(part):
                return False
        return True

    def _next(self) -> list[Document]:
        """Wait for documents and return a call's worth; [] at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._stop_at is not None)
            if self._stop_at is not None and self._monotonic() >= self._stop_at:
                return []
            number = min(len(self._waiting), self._target.documents_max)
            self._sending = number
            return [self._waiting.popleft() for _ in range(number)]

    def _ended(self, documents: int) -> list[int]:
        """Return the batches that so many more documents bring to their end."""
        ended = []
        with self._condition:
            while self._batches and self._batches[0][1] <= documents:
                number, waiting = self._batches.popleft()
                documents -= waiting
                ended.append(number)
            if documents:
                self._batches[0][1] -= documents
        return ended

    def _send(self, documents: Sequence[Document]) -> bool:
        """Send and count documents; False when told to stop before they ended."""
        outcomes = self._deliver(documents)
        with self._condition:
            if outcomes is None:
                return False
            self._sending = 0
            self._counts.update(outcomes)
        return True

    def _deliver(self, documents: Sequence[Document]) -> Outcomes | None:
        """Send documents, again and again for some minutes; return how they ended.

        None when told to stop before they ended.
        """
        number = len(documents)
        give_up = self._monotonic() + FORWARD_SECONDS_MAX
        attempt = 0
        while True:
            try:
                rejected = min(self._target.send(documents), number)
            except TryLaterError as error:
                seconds = pause(attempt, error.after, PAUSE_SECONDS_MAX)
                attempt += 1
                log.warning("forward_failed", error=str(error), retry_seconds=seconds)
                if self._told_to_stop(seconds):
                    return None
                if self._monotonic() >= give_up:
                    return {("dropped", "unreachable"): number}
            except TargetRefusedError as error:
                log.warning("forward_refused", error=str(error), documents=number)
                return {("rejected", ""): number}
            except Exception:
                log.exception("forward_broke")
                return {("dropped", "error"): number}
            else:
                return {
                    ("forwarded", ""): number - rejected,
                    ("rejected", ""): rejected,
                }

    def _told_to_stop(self, seconds: float) -> bool:
        """Wait before another attempt; True where there shall be none."""
        with self._condition:
            return self._condition.wait_for(lambda: self._stop_at is not None, seconds)
