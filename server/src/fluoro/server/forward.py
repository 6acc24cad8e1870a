"""Forwarding what is taken in, so that a team can run two systems while it moves.

A thread sends what the spool has synced to one target. Ingest never waits for it: what
the target does not take for minutes, or what no longer fits the queue, is dropped and
counted. For each document, at every moment:

    taken = forwarded + rejected + dropped{reason} + waiting
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence

import structlog

from fluoro.ingest.batch import Batch, Document
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


class Forwarder:
    """Sends batches to `target` on a thread of its own, from `start` to `stop`."""

    def __init__(
        self, target: Target, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._target = target
        self._monotonic = monotonic
        self._condition = threading.Condition()
        self._waiting: deque[Document] = deque()
        self._sending = 0
        self._stop_at: float | None = None
        self._counts: Counter[tuple[str, str]] = Counter()
        self._thread = threading.Thread(target=self._run, name="forward", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send what waits for some seconds more, then end; the rest is dropped."""
        with self._condition:
            self._stop_at = self._monotonic() + DRAIN_SECONDS
            self._condition.notify_all()
        self._thread.join()
        self._count("dropped", len(self._waiting), "stopped")
        self._waiting.clear()

    def take(self, batches: Sequence[Batch]) -> None:
        """Queue the documents of batches; drop those there is no room for."""
        with self._condition:
            for batch in batches:
                room = FORWARD_DOCUMENTS_MAX - len(self._waiting) - self._sending
                self._waiting.extend(batch.texts[: max(room, 0)])
                self._counts["taken", ""] += len(batch.texts)
                lost = len(batch.texts) - max(room, 0)
                if lost > 0:
                    self._counts["dropped", "queue_full"] += lost
            self._condition.notify_all()

    def counts(self) -> dict[tuple[str, str], int]:
        """Return the counters by (outcome, reason), `waiting` among them."""
        with self._condition:
            waiting = len(self._waiting) + self._sending
            return {**self._counts, ("waiting", ""): waiting}

    def _count(self, outcome: str, number: int, reason: str = "") -> None:
        if number:
            with self._condition:
                self._counts[outcome, reason] += number

    def _run(self) -> None:
        while documents := self._next():
            outcomes = self._deliver(documents)
            with self._condition:
                self._sending = 0
                self._counts.update(outcomes)

    def _next(self) -> list[Document]:
        """Wait for documents and return a call's worth; [] at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._stop_at is not None)
            if self._stop_at is not None and self._monotonic() >= self._stop_at:
                return []
            number = min(len(self._waiting), self._target.documents_max)
            self._sending = number
            return [self._waiting.popleft() for _ in range(number)]

    def _deliver(self, documents: list[Document]) -> dict[tuple[str, str], int]:
        """Send documents, again and again for some minutes; return how they ended."""
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
                if not self._wait(seconds, give_up):
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

    def _wait(self, seconds: float, give_up: float) -> bool:
        """Wait before another attempt; False where there shall be none."""
        with self._condition:
            self._condition.wait_for(lambda: self._stop_at is not None, seconds)
            ends = give_up if self._stop_at is None else min(give_up, self._stop_at)
            return self._monotonic() < ends
