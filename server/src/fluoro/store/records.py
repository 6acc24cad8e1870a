"""Configuration as records: typed JSON values under (kind, key), one revision each.

The engine has no transactions, so a write is decided by its deduplication of inserts:
a revision's row is inserted under the token `kind/key/revision`, the engine keeps the
first of the rows that name it, and a read afterwards tells whose row that was. The
column `writers` names the authors of the last revisions, so that a writer recognises
its own although someone else may have written on top of it already. This holds for
any number of servers on one store.

Reads follow writes at once. `recent` alone may be a second old, for what is asked
on every request.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from fluoro.store.engine import Engine, EngineError

COLUMNS = ("kind", "key", "revision", "changed_us", "deleted", "value", "writers")
WRITERS_KEPT = 16
ATTEMPTS_MAX = 50
RECENT_S = 1.0

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM records FINAL WHERE kind = {{kind:String}}"


class ConflictError(Exception):
    """Another writer has changed the record meanwhile."""


@dataclass(frozen=True, slots=True)
class Record:
    """A live record: `value` is a JSON object, `revision` counts from 1."""

    kind: str
    key: str
    revision: int
    changed_us: int
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    revision: int
    changed_us: int
    deleted: bool
    value: str
    writers: list[int]

    def record(self, kind: str) -> Record | None:
        if self.deleted:
            return None
        value = orjson.loads(self.value)
        return Record(kind, self.key, self.revision, self.changed_us, value)


class Records:
    """The records of one store. `clock` gives epoch seconds, for `changed_us`."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self.engine = engine
        self._clock = clock
        self._recent: dict[str, tuple[float, dict[str, Record]]] = {}
        self._writes = 0
        self._lock = threading.Lock()

    def get(self, kind: str, key: str) -> Record | None:
        """Return the live record, None if there is none."""
        row = self._row(kind, key)
        return row.record(kind) if row else None

    def list(self, kind: str) -> list[Record]:
        """Return the live records of a kind, by key in code point order."""
        found = self.engine.query(
            f"{_SELECT} AND NOT deleted ORDER BY key", {"kind": kind}
        )
        rows = (_Row(*cells[1:]) for cells in found)
        return [record for row in rows if (record := row.record(kind))]

    def recent(self, kind: str) -> dict[str, Record]:
        """Return the live records of a kind by key, at most a second old.

        What this process has written is always in it. While the store does not
        answer, what was known last is used on.
        """
        now = time.monotonic()
        held = self._recent.get(kind)
        if held is not None and now - held[0] < RECENT_S:
            return held[1]
        writes = self._writes
        try:
            found = {record.key: record for record in self.list(kind)}
        except EngineError:
            if held is None:
                raise
            found = held[1]
        with self._lock:
            if writes == self._writes:
                self._recent[kind] = (now, found)
        return found

    def put(
        self,
        kind: str,
        key: str,
        value: dict[str, Any],
        expected: int | None = None,
    ) -> Record:
        """Write a record and return it with its new revision.

        `expected` is the revision that must be the present one, 0 for a record that
        must not exist; None writes whatever is there. Raises ConflictError.
        """
        return self._write(kind, key, lambda _: value, expected)

    def change(
        self,
        kind: str,
        key: str,
        revise: Callable[[Record | None], dict[str, Any] | None],
    ) -> Record | None:
        """Replace a record by what `revise` makes of it, and return the new one.

        `revise` gets the present record (None if there is none), returns the new
        value or None for a deletion, and is called again with a fresh record if
        somebody else was quicker, so it must have no effects of its own. What it
        raises is passed on and nothing is written.
        """
        for _ in range(ATTEMPTS_MAX):
            row = self._row(kind, key)
            before = row.record(kind) if row else None
            value = revise(before)
            if value is None and before is None:
                return None
            try:
                return self._insert(kind, key, row, value)
            except ConflictError:
                continue
        raise ConflictError(f"{kind} {key!r} is changed by too many at once")

    def delete(self, kind: str, key: str, expected: int | None = None) -> Record | None:
        """Delete a record and return what it was, None if there was none.

        Raises ConflictError if `expected` is given and not its revision.
        """
        before: Record | None = None

        def remember(record: Record | None) -> None:
            nonlocal before
            before = record
            if expected is not None:
                _expect(record, expected)

        self.change(kind, key, remember)
        return before

    def _write(
        self,
        kind: str,
        key: str,
        revise: Callable[[Record | None], dict[str, Any]],
        expected: int | None,
    ) -> Record:
        def checked(record: Record | None) -> dict[str, Any]:
            if expected is not None:
                _expect(record, expected)
            return revise(record)

        written = self.change(kind, key, checked)
        if written is None:
            raise AssertionError("a value was written")
        return written

    def _insert(
        self, kind: str, key: str, row: _Row | None, value: dict[str, Any] | None
    ) -> Record | None:
        """Write the revision after `row`; raise ConflictError if another won it."""
        revision = row.revision + 1 if row else 1
        writer = secrets.randbits(64)
        writers = [*(row.writers if row else ()), writer][-WRITERS_KEPT:]
        changed_us = round(self._clock() * 1e6)
        text = "" if value is None else orjson.dumps(value).decode()
        cells = [kind, key, revision, changed_us, value is None, text, writers]
        token = f"{kind}/{key}/{revision}"
        self.engine.insert("records", COLUMNS, cells, once=token)
        with self._lock:
            self._writes += 1
            self._recent.pop(kind, None)
        after = self._row(kind, key)
        if after is None or writer not in after.writers:
            raise ConflictError(f"{kind} {key!r} was changed by someone else")
        if value is None:
            return None
        return Record(kind, key, revision, changed_us, value)

    def _row(self, kind: str, key: str) -> _Row | None:
        found = self.engine.query(
            f"{_SELECT} AND key = {{key:String}}", {"kind": kind, "key": key}
        )
        return _Row(*found[0][1:]) if found else None


def _expect(record: Record | None, expected: int) -> None:
    present = record.revision if record else 0
    if present != expected:
        raise ConflictError(f"revision {expected} was expected, {present} is there")
