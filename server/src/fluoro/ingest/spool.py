"""The durable queue before the store: 200 means that this has synced.

SQLite in WAL mode with `synchronous=FULL`, one table, one writer thread. The thread
takes all batches that wait, writes them in one transaction (the group commit), and only
then tells those who wait. Layout:

    batches(number INTEGER PRIMARY KEY, payload BLOB)   payload: Batch.pack(), sealed

A batch is deleted after the store has it on disk and, on a server that forwards, after
it was sent on. What is found at a start was acknowledged and perhaps not moved: it is
moved again, which changes nothing where it had been moved already.
"""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

from fluoro.ingest.batch import Batch, unpack
from fluoro.store.engine import EngineError, Sealing, Unsealed

Done = Callable[[Exception | None], None]
Committed = Callable[[list[tuple[int, Batch]]], None]


_TABLE = """
CREATE TABLE IF NOT EXISTS batches (number INTEGER PRIMARY KEY, payload BLOB NOT NULL)
"""


class Spool:
    """The queue in `path` (None: in memory, for stores that are in memory too).

    `committed` is called on the writer thread with the numbered batches of each group
    once they are synced; then each batch's `done` with None, or with the error. As many
    as `holders` must remove a batch before it is gone.
    """

    def __init__(
        self,
        path: Path | None,
        committed: Committed,
        sealing: Sealing | None = None,
        holders: int = 1,
    ) -> None:
        self._connection = apsw.Connection(str(path) if path else ":memory:")
        self._lock = threading.Lock()
        self._committed = committed
        self._sealing = sealing or Unsealed()
        self._holders = holders
        self._removals: Counter[int] = Counter()
        with self._lock:
            for statement in (
                "PRAGMA page_size=16384",  # a call's payload spans many
                "PRAGMA journal_mode=WAL",
                "PRAGMA synchronous=FULL",
                "PRAGMA wal_autocheckpoint=1000",
                "PRAGMA journal_size_limit=67108864",
                _TABLE,
            ):
                self._connection.execute(statement)
            row = self._connection.execute("SELECT max(number) FROM batches").get
        self._number = row or 0
        self._recovered = self._number
        self._waiting: queue.SimpleQueue[tuple[Batch, bytes, Done] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def append(self, batch: Batch, done: Done) -> None:
        """Queue a batch; `done` is called from the writer thread."""
        self._waiting.put((batch, batch.pack(), done))

    def recovered(self) -> Iterator[tuple[int, Batch]]:
        """Yield the batches that an earlier process left behind, oldest first."""
        number = 0
        while True:
            with self._lock:
                row = self._connection.execute(
                    "SELECT number, payload FROM batches"
                    " WHERE number > ? AND number <= ? ORDER BY number LIMIT 1",
                    (number, self._recovered),
                ).fetchone()
            if row is None:
                return
            number = row[0]
            yield number, unpack(self._sealing.open(row[1]))

    def remove(self, numbers: list[int]) -> None:
        """Forget batches that one of the holders is done with."""
        with self._lock:
            self._removals.update(numbers)
            gone = [n for n in numbers if self._removals[n] >= self._holders]
            if not gone:
                return
            with self._connection:
                self._connection.executemany(
                    "DELETE FROM batches WHERE number = ?", [(n,) for n in gone]
                )
            for number in gone:
                del self._removals[number]

    def stop(self) -> None:
        """Write what waits and end the thread; `remove` still works."""
        self._waiting.put(None)
        self._thread.join()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _run(self) -> None:
        while True:
            group = [self._waiting.get()]
            while not self._waiting.empty():
                group.append(self._waiting.get())
            work = [item for item in group if item is not None]
            if work:
                self._write(work)
            if None in group:
                return

    def _write(self, group: list[tuple[Batch, bytes, Done]]) -> None:
        numbered = [
            (self._number + index, batch)
            for index, (batch, _, _) in enumerate(group, 1)
        ]
        try:
            rows = [
                (number, self._sealing.seal(payload))
                for (number, _), (_, payload, _) in zip(numbered, group, strict=True)
            ]
            with self._lock, self._connection:
                self._connection.executemany(
                    "INSERT INTO batches VALUES (?, ?)",
                    rows,
                )
        except (apsw.Error, EngineError) as error:
            for _, _, done in group:
                done(error)
            return
        self._number += len(group)
        self._committed(numbered)
        for _, _, done in group:
            done(None)
