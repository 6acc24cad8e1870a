"""t-digests of many distributions at once: reading, merging, writing.

The engine makes them of observations; a state of `quantileTDigest` as text is a var-int
count and that many pairs of float32, mean (here milliseconds) and weight, in order of
mean. A text may hold several states, one after the other: they add up.

What is merged here is merged finer than the engine's own merge, and all distributions
in a few calls: docs/adr/0010-merging-digests.md has the measurements.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

EMPTY = b"\0"
"""A digest of nothing."""

KEPT = 300
"""So many centroids of a distribution stay as they are."""

BLOCK = 64 * 1024
"""So many bytes of texts are merged at a time: arrays as short as that stay in a core's
cache and are no new pages of memory each time."""

_UNIFORM, _LOWER, _UPPER = 160, 4, 18
"""Steps of the scale function: per unit of rank everywhere, and per factor of e that a
rank comes closer to the lower and to the upper end. Some 450 bins for millions of
values, finest where slow requests are."""


@dataclass(frozen=True, slots=True)
class Digests:
    """Centroids of `size` distributions, in order of their number, then of mean."""

    size: int
    number: Integers
    means: Floats
    weights: Floats


def read_digests(texts: Sequence[bytes]) -> Digests:
    """Return what texts of states hold, the first text's distribution as number 0."""
    pieces: list[bytes] = []
    lengths: list[int] = []
    mixed: list[tuple[int, int]] = []
    end = 0
    for text in texts:
        start, states = end, len(pieces)
        for piece in _pieces(text):
            pieces.append(piece)
            end += len(piece) // 8
        lengths.append(end - start)
        if len(pieces) > states + 1:
            mixed.append((start, end))
    pairs = np.frombuffer(b"".join(pieces), "<u8")
    # The bits of a mean, which is not negative, above those of its weight: in order.
    ordered = (pairs << 32) | (pairs >> 32)
    for start, end in mixed:
        ordered[start:end].sort()
    weights, means = ordered.view("<f4").reshape(-1, 2).T.astype(np.float64, order="C")
    number = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    return Digests(len(texts), number, means, weights)


def _pieces(text: bytes) -> Iterable[bytes]:
    """Yield the pairs of each state in a text."""
    at = 0
    while at < len(text):
        count, shift = text[at] & 127, 7
        while text[at] & 128:
            at += 1
            count |= (text[at] & 127) << shift
            shift += 7
        at += 1
        if count:
            yield text[at : at + 8 * count]
            at += 8 * count


def merge_texts(texts: Sequence[bytes]) -> Iterator[Digests]:
    """Yield what texts hold, merged: the distributions of so many of them at a time."""
    first = size = 0
    for number, text in enumerate(texts, start=1):
        size += len(text)
        if size >= BLOCK or number == len(texts):
            yield merge(read_digests(texts[first:number]))
            first, size = number, 0


def merge(digests: Digests) -> Digests:
    """Merge neighbouring centroids of those distributions that have many."""
    number, weights = digests.number, digests.weights
    counts = np.bincount(number, minlength=digests.size)
    many = counts > KEPT
    if not many.any():
        return digests
    sums = weights.cumsum()
    ends = counts.cumsum()
    upto = np.concatenate(([0.0], sums))[ends]
    before = np.concatenate(([0.0], upto[:-1]))
    ranks = (sums - weights / 2 - before[number]) / (upto - before)[number]
    steps = np.floor(_scale(ranks))
    first = _changes(number) | _changes(steps)
    starts = np.flatnonzero(first | ~many[number])
    merged = np.add.reduceat(weights, starts)
    means = np.add.reduceat(digests.means * weights, starts) / merged
    return Digests(digests.size, number[starts], means, merged)


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values differ from the one before; the first does."""
    changes = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


def _scale(ranks: Floats) -> Floats:
    """Return the scale function at ranks between 0 and 1."""
    scaled: Floats = _UNIFORM * ranks
    scaled += _LOWER * np.log(ranks.astype(np.float32))
    scaled -= _UPPER * np.log((1 - ranks).astype(np.float32))
    return scaled


def write_digests(digests: Digests) -> list[bytes]:
    """Return each distribution as the text of a state."""
    pairs = np.stack((digests.means, digests.weights), axis=1).astype("<f4").tobytes()
    texts = []
    at = 0
    for count in np.bincount(digests.number, minlength=digests.size).tolist():
        texts.append(_var_int(count) + pairs[at : at + 8 * count])
        at += 8 * count
    return texts


def _var_int(number: int) -> bytes:
    octets = bytearray()
    while number > 127:
        octets.append(number & 127 | 128)
        number >>= 7
    return bytes((*octets, number))


@dataclass(frozen=True, slots=True)
class Bins:
    """Values in seconds, whole milliseconds, and how often there are such.

    Those of distribution n stand from `starts[n]` until `starts[n + 1]`.
    """

    values: list[float]
    counts: list[int]
    starts: list[int]


def bins(digests: Digests) -> Bins:
    """Round means half up, and add up those that become one value (recorded)."""
    values = np.floor(digests.means + 0.5)
    first = _changes(digests.number) | _changes(values)
    starts = np.flatnonzero(first)
    sizes = np.bincount(digests.number[starts], minlength=digests.size)
    if not len(starts):
        return Bins([], [], [0] * (digests.size + 1))
    counts = np.add.reduceat(digests.weights, starts).astype(np.int64)
    return Bins(
        (values[starts] / 1000).tolist(), counts.tolist(), [0, *sizes.cumsum().tolist()]
    )
