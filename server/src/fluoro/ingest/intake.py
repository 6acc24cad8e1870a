"""The one door for documents, whatever brought them.

`put` admits each document of a call by itself, spools those that are fine, and returns
once they are synced; what is refused is refused by name and reason, the rest lands.
`put_blocking` is the same for threads, `put_datagrams` for senders that take no answer.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from fluoro.ingest.batch import Batch, Document
from fluoro.ingest.ledger import Ledger
from fluoro.ingest.mover import Mover
from fluoro.ingest.payloads import open_payloads
from fluoro.ingest.spool import Done, Spool
from fluoro.model.errors import ThrottledError
from fluoro.model.limits import DOCUMENT_BYTES_MAX, SPOOL_DOCUMENTS_MAX
from fluoro.model.refusals import Refused
from fluoro.wire.otlp.options import DEFAULTS, MappingOptions


def _microseconds() -> int:
    return time.time_ns() // 1_000


class Intake:
    """Admission, stamps and back-pressure in front of the spool.

    With `wait_for_store` an answer waits for the store's insert instead of the
    spool's sync, for fleets that must survive the loss of a server's disk. `mapping`
    says how spans become documents, `document_bytes_max` how large one may be.
    """

    def __init__(
        self,
        spool: Spool,
        mover: Mover,
        ledger: Ledger,
        *,
        wait_for_store: bool = False,
        mapping: MappingOptions = DEFAULTS,
        document_bytes_max: int = DOCUMENT_BYTES_MAX,
        clock_us: Callable[[], int] = _microseconds,
    ) -> None:
        self._spool = spool
        self._mover = mover
        self._ledger = ledger
        self._wait_for_store = wait_for_store
        self.mapping = mapping
        self._document_bytes_max = document_bytes_max
        self._clock_us = clock_us
        self._stamp_lock = threading.Lock()
        self._last_us = 0

    async def put(
        self, texts: Sequence[Document], transport: str = "http"
    ) -> list[Refused | None]:
        """Return a refusal or None for each document, once the rest is durable.

        Raises ThrottledError when too much waits already, or when the disk does not
        take it; nothing of the call is then taken in.
        """
        batch, refusals = self._admit(texts, transport)
        if not batch.texts:
            return refusals
        loop = asyncio.get_running_loop()
        synced: asyncio.Future[None] = loop.create_future()

        def done(error: Exception | None) -> None:
            loop.call_soon_threadsafe(_finish, synced, error)

        self._append(batch, done)
        try:
            await synced
        except Exception as error:
            raise self._unwritten(batch, error) from error
        return refusals

    def put_blocking(
        self, texts: Sequence[Document], transport: str
    ) -> list[Refused | None]:
        """Do as `put` does, on a thread that may wait."""
        batch, refusals = self._admit(texts, transport)
        if not batch.texts:
            return refusals
        synced: Future[None] = Future()

        def done(error: Exception | None) -> None:
            if error is None:
                synced.set_result(None)
            else:
                synced.set_exception(error)

        self._append(batch, done)
        try:
            synced.result()
        except Exception as error:
            raise self._unwritten(batch, error) from error
        return refusals

    def refuse(self, refused: Sequence[Refused], transport: str) -> None:
        """Count what was refused before it became a document."""
        counts = [(transport, "received", len(refused), "")]
        counts += [(transport, "rejected", 1, refusal.code) for refusal in refused]
        self._ledger.count_many(counts)

    def _append(self, batch: Batch, done: Done) -> None:
        """Spool a batch; `done` is told once it is as durable as was asked for."""
        if self._wait_for_store:
            batch.on_stored = done
            self._spool.append(batch, lambda error: done(error) if error else None)
        else:
            self._spool.append(batch, done)

    def _unwritten(self, batch: Batch, error: Exception) -> ThrottledError:
        self._ledger.count(batch.transport, "dropped", len(batch.texts), "disk")
        return ThrottledError(f"The spool could not be written: {error}")

    def put_datagrams(self, bodies: Sequence[Document]) -> None:
        """Take in the documents of datagrams; the ledger tells how each ended."""
        try:
            batch, _ = self._admit(bodies, "udp")
        except ThrottledError:
            return
        if batch.texts:
            self._spool.append(batch, lambda error: self._lost(batch, error))

    def _lost(self, batch: Batch, error: Exception | None) -> None:
        if error is not None:
            self._ledger.count("udp", "dropped", len(batch.texts), "disk")

    def _admit(
        self, texts: Sequence[Document], transport: str
    ) -> tuple[Batch, list[Refused | None]]:
        opened = open_payloads(texts, self.mapping)
        if opened.refused:
            self.refuse(opened.refused, transport)
        documents, refusals = opened.documents, opened.refusals
        counts = [(transport, "received", len(documents), "")]
        if self._mover.backlog_documents + len(documents) > SPOOL_DOCUMENTS_MAX:
            counts.append((transport, "dropped", len(documents), "backlog"))
            self._ledger.count_many(counts)
            raise ThrottledError("Rate exceeded")
        batch = Batch(transport, self._stamps(len(documents)))
        for document, owner in zip(documents, opened.owners, strict=True):
            try:
                batch.admit(document, self._document_bytes_max)
            except Refused as refused:
                refusals[owner] = refused
                counts.append((transport, "rejected", 1, refused.code))
        self._ledger.count_many(counts)
        return batch, refusals

    def _stamps(self, number: int) -> int:
        """Return the first of `number` receipt stamps that nobody else has."""
        with self._stamp_lock:
            first = max(self._clock_us(), self._last_us + 1)
            self._last_us = first + number
            return first


def _finish(future: "asyncio.Future[None]", error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
