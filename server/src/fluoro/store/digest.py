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

CENTROIDS_MAX = 1000
"""More of them, of two digests put together, are merged."""


def read_centroids(state: str) -> Centroids:
    """Return the centroids of a state given as `hex(CAST(state, 'String'))`."""
    raw = bytes.fromhex(state)
    skip = 0
    while raw[skip] & 128:
        skip += 1
    pairs = np.frombuffer(raw, "<f4", offset=skip + 1).astype(np.float64)
    return pairs[0::2], pairs[1::2]


def merge_centroids(digests: Iterable[Centroids]) -> Centroids:
    """Put digests together; many centroids are merged, few stay as they are."""
    parts = [digest for digest in digests if len(digest[0])]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return np.empty(0), np.empty(0)
    means = np.concatenate([part[0] for part in parts])
    weights = np.concatenate([part[1] for part in parts])
    order = np.argsort(means, kind="stable")
    means, weights = means[order], weights[order]
    if len(means) <= CENTROIDS_MAX:
        return means, weights
    # Equal steps of t-digest's scale function k1: fine at the tails.
    ranks = (np.cumsum(weights) - weights / 2) / weights.sum()
    steps = np.floor(CENTROIDS_MAX / np.pi * np.arcsin(2 * ranks - 1))
    starts = np.flatnonzero(np.diff(steps, prepend=-np.inf))
    merged = np.add.reduceat(weights, starts)
    return np.add.reduceat(means * weights, starts) / merged, merged
