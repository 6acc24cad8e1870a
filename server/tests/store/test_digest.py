"""Digests as the engine makes them, and what merging them here makes of them."""

from itertools import chain

import numpy as np

from fluoro.store.digest import (
    EMPTY,
    bins,
    merge,
    merge_texts,
    read_digests,
    write_digests,
)

STATE = "CAST(arrayReduce('quantileTDigestState', {values:Array(Float32)}), 'String')"


def states(engine, *values):
    """The engine's digests of lists of values."""
    sql = f"SELECT {STATE} AS state"
    return [
        engine.query(sql, {"values": sorted(some)}, octets=["state"])[0][0]
        for some in values
    ]


def test_a_state_is_a_count_and_pairs(engine):
    """The layout that reading relies on belongs to the engine."""
    few, none = states(engine, [1.5, 2.5, 2.5], [])
    floats = np.array([1.5, 1, 2.5, 1, 2.5, 1], "<f4").tobytes()
    assert few == b"\3" + floats
    assert none == EMPTY
    digests = read_digests([none, few])
    assert digests.number.tolist() == [1, 1, 1]
    assert digests.means.tolist() == [1.5, 2.5, 2.5]


def test_the_engine_reads_what_is_written_here(engine):
    values = np.random.default_rng(1).lognormal(3, 1, 20_000)
    texts = write_digests(merge(read_digests(states(engine, values, [], [7.0]))))
    assert texts[1] == EMPTY
    sql = (
        "SELECT finalizeAggregation(CAST(unhex({text:String}),"
        " 'AggregateFunction(quantileTDigest, Float32)'))"
    )
    middles = [engine.query(sql, {"text": text.hex()})[0][0] for text in texts]
    assert abs(np.mean(values < middles[0]) - 0.5) < 0.002
    assert middles[2] == 7.0


def test_texts_one_after_the_other_add_up(engine):
    """Few centroids stay as they are, in order."""
    one, none, other = states(engine, [5.0, 1.0], [], [3.0])
    digests = merge(read_digests([one + none + other, none, other]))
    assert digests.number.tolist() == [0, 0, 0, 2]
    assert digests.means.tolist() == [1, 3, 5, 3]


def test_ranks_stay_true_through_all_merges(engine):
    """Minutes, ten minutes, hours, six of these.

    A thousand values a minute leave twice the rank errors of the ten thousand for
    which docs/performance.md states them.
    """
    for seed, sigma in ((1, 2.3), (2, 0.5)):
        values = np.random.default_rng(seed).lognormal(4, sigma, 360_000)
        minutes = states(engine, *np.split(values.astype(np.float32), 360))
        texts = minutes
        for width in (10, 6, 6):
            joined = [
                b"".join(texts[n : n + width]) for n in range(0, len(texts), width)
            ]
            texts = write_digests(merge(read_digests(joined)))
        (text,) = texts
        digests = read_digests([text])
        assert digests.weights.sum() == len(values)
        assert 300 < len(digests.means) < 500
        ranks = (digests.weights.cumsum() - digests.weights / 2) / len(values)
        for part, most in ((0.5, 2e-4), (0.99, 6e-5), (0.999, 2e-5)):
            middle = np.interp(part, ranks, digests.means)
            assert abs(np.mean(values < middle) - part) < most


def test_bins_are_whole_milliseconds_once_each(engine):
    """Rounded half up (recorded)."""
    drawn = bins(read_digests(states(engine, [0.5, 0.9, 1.4, 2.5], [], [0.2])))
    assert drawn.values == [0.001, 0.003, 0.0]
    assert drawn.counts == [3, 1, 1]
    assert drawn.starts == [0, 2, 2, 3]


def test_many_texts_are_merged_a_block_at_a_time(engine, monkeypatch):
    """In order, wherever a block ends, and each as it would be alone."""
    random = np.random.default_rng(3)
    texts = states(engine, *(random.lognormal(3, 1, n) for n in (900, 0, 5, 700, 0)))
    alone = [write_digests(merge(read_digests([text])))[0] for text in texts]
    for block in (1, len(texts[0]) + 1, 1_000_000):
        monkeypatch.setattr("fluoro.store.digest.BLOCK", block)
        blocks = list(map(write_digests, merge_texts(texts)))
        assert [*chain.from_iterable(blocks)] == alone
    assert len(blocks) == 1
    assert list(merge_texts([])) == []
