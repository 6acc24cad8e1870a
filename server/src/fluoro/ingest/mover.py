"""From the spool to the store: batches by the thousands, a few times a second."""

import threading
import time
from collections.abc import Callable

import structlog

from fluoro.ingest.batch import Batch
from fluoro.ingest.ledger import Ledger
from fluoro.ingest.recent import Recent
from fluoro.ingest.spool import Spool
from fluoro.store.engine import Engine, EngineError
from fluoro.store.writer import write

log = structlog.get_logger()

PAUSE_SECONDS = 0.2
"""From one insert to the next: small enough to read soon."""

BUSY_DOCUMENTS = 2_000
BUSY_PAUSE_SECONDS = 0.4
"""The same after an insert of so many: fewer parts cost the engine fewer merges."""

DOCUMENTS_PER_INSERT_MAX = 20_000
RETRY_SECONDS_MAX = 5.0

Numbered = tuple[int, Batch]


class Mover:
    """One thread that inserts what is spooled, and clears the spool.

    An insert that fails is tried again for ever, with growing pauses: nothing
    acknowledged is given up.
    """

    def __init__(
        self,
        engine: Engine,
        ledger: Ledger,
        indexed_percentage: Callable[[], float] = lambda: 100.0,
    ) -> None:
        self._engine = engine
        self._indexed_percentage = indexed_percentage
        self._ledger = ledger
        self._recent = Recent()
        self._condition = threading.Condition()
        self._pending: list[Numbered] = []
        self._moving = 0
        self._moving_since_us: list[int] = []
        self._stopping = False
        self._recovered = False
        self._spool: Spool | None = None
        self.last_error: str | None = None
        self.inserting_since_us: int | None = None
        self._thread = threading.Thread(target=self._run, name="mover", daemon=True)

    def start(self, spool: Spool) -> None:
        """Move what an earlier process left in `spool`, then what comes."""
        self._spool = spool
        self._thread.start()

    def take(self, batches: list[Numbered]) -> None:
        """Queue batches that the spool has synced."""
        with self._condition:
            self._pending += batches
            self._condition.notify()

    @property
    def backlog_documents(self) -> int:
        """How many documents wait or are being inserted.

        While an earlier process's spool is read, at least one.
        """
        with self._condition:
            waiting = sum(len(batch.texts) for _, batch in self._pending)
            return self._moving + waiting + (not self._recovered)

    @property
    def waiting_since_us(self) -> int | None:
        """The first receipt that waits or is being inserted; None where none does.

        While an earlier process's spool is read it could be any: 0.
        """
        with self._condition:
            if not self._recovered:
                return 0
            firsts = [batch.first_us for _, batch in self._pending]
            return min([*firsts, *self._moving_since_us], default=None)

    @property
    def alive(self) -> bool:
        """Whether the thread runs; a server without it is not healthy."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Move what waits and end the thread; the spool keeps what fails."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        assert self._spool is not None
        self._recover(self._spool)
        while True:
            batches = self._next()
            if not batches:
                return
            began = time.monotonic()
            self._move(batches)
            with self._condition:
                busy = self._moving >= BUSY_DOCUMENTS
                self._moving = 0
                self._moving_since_us = []
                if not self._stopping and not self._full():
                    pause = BUSY_PAUSE_SECONDS if busy else PAUSE_SECONDS
                    left = pause - (time.monotonic() - began)
                    self._condition.wait_for(lambda: self._stopping, max(left, 0.0))

    def _recover(self, spool: Spool) -> None:
        """Move what an earlier process left behind."""
        batches: list[Numbered] = []
        documents = 0
        for number, batch in spool.recovered():
            self._ledger.count(batch.transport, "received", len(batch.texts))
            batches.append((number, batch))
            documents += len(batch.texts)
            if documents >= DOCUMENTS_PER_INSERT_MAX:
                self._move(batches)
                batches, documents = [], 0
        self._move(batches)
        with self._condition:
            self._recovered = True

    def _full(self) -> bool:
        return sum(len(b.texts) for _, b in self._pending) >= DOCUMENTS_PER_INSERT_MAX

    def _next(self) -> list[Numbered]:
        """Wait for batches; return at most an insert's worth, [] at the end."""
        with self._condition:
            self._condition.wait_for(lambda: self._pending or self._stopping)
            taken, documents = 0, 0
            for _, batch in self._pending:
                taken, documents = taken + 1, documents + len(batch.texts)
                if documents >= DOCUMENTS_PER_INSERT_MAX:
                    break
            batches, self._pending = self._pending[:taken], self._pending[taken:]
            self._moving = documents
            self._moving_since_us = [batch.first_us for _, batch in batches]
            return batches

    def _move(self, batches: list[Numbered]) -> None:
        if not batches or not self._insert([batch for _, batch in batches]):
            return
        assert self._spool is not None
        self._spool.remove([number for number, _ in batches if number])
        self._count([batch for _, batch in batches])
        for _, batch in batches:
            if batch.on_stored:
                batch.on_stored(None)

    def _insert(self, batches: list[Batch]) -> bool:
        pause = PAUSE_SECONDS
        while True:
            self.inserting_since_us = time.time_ns() // 1_000
            try:
                write(
                    self._engine,
                    [batch.documents for batch in batches],
                    [batch.entities for batch in batches],
                    self._indexed_percentage(),
                )
            except EngineError as error:
                self.last_error = str(error)
                log.warning("insert_failed", error=str(error), retry_seconds=pause)
                self.inserting_since_us = None
                with self._condition:
                    self._condition.wait_for(lambda: self._stopping, pause)
                    if self._stopping:
                        return False
                pause = min(pause * 2, RETRY_SECONDS_MAX)
            else:
                self.last_error = None
                return True
            finally:
                self.inserting_since_us = None

    def _count(self, batches: list[Batch]) -> None:
        counts = []
        for batch in batches:
            merged = self._recent.count_known(batch.keys)
            counts.append((batch.transport, "merged", merged, ""))
            counts.append((batch.transport, "stored", len(batch.keys) - merged, ""))
        self._ledger.count_many(counts)
