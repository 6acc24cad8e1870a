"""What builds came to, kept from one graph or series to the next.

Maps refresh every few seconds over hours that stay the same, and so do several viewers'
maps. A build never changes and its number is its own, so what some builds came to needs
no reading again; a window over other builds is another key.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from weakref import WeakKeyDictionary

from fluoro.store.digest import EMPTY, merge_texts, write_digests
from fluoro.store.engine import Engine, Rows
from fluoro.store.rollups import MINUTE_S, Span
from fluoro.store.statistics import DIGESTS

KEPT_BYTES = 32 * 1024 * 1024
"""How much of the latest is kept of an engine."""

_ROW_BYTES = 1024
"""What a row takes beside its digests."""

_PART_BYTES = 128
"""What each part of a key takes."""

_Key = tuple[Hashable, ...]

_HOUR_US = 3_600_000_000


class _Kept:
    """Rows by the builds they are of, as much as there is room for."""

    def __init__(self) -> None:
        self._rows: OrderedDict[_Key, Rows] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: _Key) -> Rows | None:
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
            return self._rows.get(key)

    def put(self, key: _Key, rows: Rows) -> None:
        with self._lock:
            if key in self._rows or _size(key, rows) > KEPT_BYTES:
                return
            self._rows[key] = rows
            self._bytes += _size(key, rows)
            while self._bytes > KEPT_BYTES:
                self._bytes -= _size(*self._rows.popitem(last=False))


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


def read_hourly(
    engine: Engine,
    about: Hashable,
    spans: list[Span],
    read: Callable[[list[Span]], Rows],
) -> Rows:
    """Return what `read` says `about` some builds: rows that begin with their start.

    Each hour is kept apart, so that a window may move on; one that has slices is not.
    """
    kept = _of_engines.setdefault(engine, _Kept())
    hours: dict[int, list[Span]] = {}
    for span in spans:
        hours.setdefault(span.received_us // _HOUR_US, []).append(span)
    found = {hour: kept.get((about, *hours[hour])) for hour in hours}
    lacking = [hour for hour, rows in found.items() if rows is None]
    if lacking:
        fresh: dict[int, Rows] = {hour: [] for hour in lacking}
        for row in read([span for hour in lacking for span in hours[hour]]):
            fresh[row[0] // _HOUR_US].append(row)
        for hour, rows in fresh.items():
            found[hour] = rows
            if all(span.width_s >= MINUTE_S for span in hours[hour]):
                kept.put((about, *hours[hour]), rows)
    return [row for rows in found.values() for row in rows or ()]


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


def _size(key: _Key, rows: Rows) -> int:
    octets = (cell for row in rows for cell in row if isinstance(cell, bytes))
    return _PART_BYTES * len(key) + _ROW_BYTES * len(rows) + sum(map(len, octets))
