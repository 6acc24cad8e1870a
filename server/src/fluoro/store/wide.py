"""Statistics over wide builds, kept from one graph to the next.

Maps refresh every few seconds over hours that stay the same, and so do several viewers'
maps. A build never changes and its number is its own, so what some builds came to needs
no reading again; a window over other builds is another key.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakKeyDictionary

from fluoro.store.digest import EMPTY, merge_texts, write_digests
from fluoro.store.engine import Engine, Rows
from fluoro.store.rollups import Span
from fluoro.store.statistics import DIGESTS

KEPT_BYTES = 32 * 1024 * 1024
"""How much of the latest is kept of an engine."""

_ROW_BYTES = 1024
"""What a row takes beside its digests."""


class _Kept:
    """Rows by the builds they are of, as much as there is room for."""

    def __init__(self) -> None:
        self._rows: OrderedDict[tuple[Span, ...], Rows] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, spans: tuple[Span, ...]) -> Rows | None:
        with self._lock:
            if spans in self._rows:
                self._rows.move_to_end(spans)
            return self._rows.get(spans)

    def put(self, spans: tuple[Span, ...], rows: Rows) -> None:
        with self._lock:
            if spans in self._rows or _size(rows) > KEPT_BYTES:
                return
            self._rows[spans] = rows
            self._bytes += _size(rows)
            while self._bytes > KEPT_BYTES:
                self._bytes -= _size(self._rows.popitem(last=False)[1])


_of_engines: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()


def read_once(
    engine: Engine, spans: list[Span], read: Callable[[list[Span]], Rows]
) -> Rows:
    """Return what `read` says of some builds: a row an entity, digests at its end.

    Each digest becomes one, merged as those of an answer are.
    """
    kept = _of_engines.setdefault(engine, _Kept())
    key = tuple(spans)
    rows = kept.get(key)
    if rows is None:
        rows = read(spans)
        rows = _merged(rows) if len(spans) > 1 else rows
        kept.put(key, rows)
    return rows


def _merged(rows: Rows) -> Rows:
    counts = [row[: -len(DIGESTS)] for row in rows]
    digests = [_one_each([row[at] for row in rows]) for at in range(-len(DIGESTS), 0)]
    return [(*row, *texts) for row, *texts in zip(counts, *digests, strict=True)]


def _one_each(texts: list[bytes]) -> list[bytes]:
    """Merge the states of each text into one."""
    merged = [EMPTY] * len(texts)
    some = [number for number, text in enumerate(texts) if text.strip(EMPTY)]
    written = [
        text
        for digests in merge_texts([texts[number] for number in some])
        for text in write_digests(digests)
    ]
    for number, text in zip(some, written, strict=True):
        merged[number] = text
    return merged


def _size(rows: Rows) -> int:
    return sum(_ROW_BYTES + sum(map(len, row[-len(DIGESTS) :])) for row in rows)
