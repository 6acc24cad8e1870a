"""Reading the engine's t-digests: centroids of a distribution in milliseconds.

A state of `quantileTDigest` as text is a var-int count and that many pairs of float32:
mean and weight, in order of mean.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Centroids = tuple[Floats, Floats]
"""Means, ascending, and weights."""

STEPS = 600
"""Equal steps of the scale function k1 that an answer's centroids are merged to: a
few hundred bins, fine at the tails. Up to half as many centroids stay as they are."""


def read_centroids(state: str) -> Centroids:
    """Return the centroids of a state given as `hex(CAST(state, 'String'))`."""
    raw = bytes.fromhex(state)
    skip = 0
    while raw[skip] & 128:
        skip += 1
    pairs = np.frombuffer(raw, "<f4", offset=skip + 1).astype(np.float64)
    return pairs[0::2], pairs[1::2]


def merge_centroids(digests: Iterable[Centroids]) -> Centroids:
    """Put digests together for an answer; many centroids are merged, few stay."""
    parts = [digest for digest in digests if len(digest[0])]
    if not parts:
        return np.empty(0), np.empty(0)
    means, weights = parts[0]
    if len(parts) > 1:
        means = np.concatenate([part[0] for part in parts])
        weights = np.concatenate([part[1] for part in parts])
        order = np.argsort(means, kind="stable")
        means, weights = means[order], weights[order]
    if len(means) <= STEPS // 2:
        return means, weights
    sums = weights.cumsum()
    steps = np.arcsin((2 * sums - weights) / sums[-1] - 1) * (STEPS / np.pi)
    starts = np.flatnonzero(np.diff(np.floor(steps), prepend=-np.inf))
    merged = np.add.reduceat(weights, starts)
    return np.add.reduceat(means * weights, starts) / merged, merged
