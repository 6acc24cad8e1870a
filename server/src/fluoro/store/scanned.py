"""How many traces a page of a search has scanned, by their roots.

Few are listed by their times, so that those of any part of the range are told; many are
counted in samples of it.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

from fluoro.model.limits import SCANNED_LISTED_MAX, SCANNED_SAMPLED_MIN
from fluoro.store.engine import Engine

_WIDE_US = 30_000_000
_SAMPLES = 4
_SAMPLED_SHARE = 64
_SAMPLED_AT = 0.618

_ROOT = "bitTest(flags, 13)"

_TIMES = f"""SELECT arraySort(groupArray({{column}})) FROM (
    SELECT {{column}} FROM entities
    WHERE {_ROOT} AND {{column}} >= {{{{from_us:Int64}}}}
        AND {{column}} < {{{{until_us:Int64}}}} AND {{rows}}
    LIMIT {{{{most:UInt64}}}})"""

# A part of each stretch of the range stands for all of it; where it lies in there is
# no round number, as the times at which jobs begin are.
_COUNT_MANY = f"""
SELECT {{number}} AS stretch, count() FROM entities WHERE {_ROOT} AND ({{slices}})
GROUP BY stretch"""


class Times(NamedTuple):
    """The times of all roots in a range, in order."""

    from_us: int
    times: list[int]

    def tells(self, since_us: int) -> bool:
        """Whether the range begins at a time or before it."""
        return self.from_us <= since_us

    def since(self, since_us: int) -> int:
        """Return how many there are from a time in the range on."""
        return len(self.times) - bisect_left(self.times, since_us)


class Sample(NamedTuple):
    """About how many traces there are in each stretch of a range, all equally long."""

    starts: list[int]
    stretch: float
    counts: list[float]

    @property
    def from_us(self) -> int:
        """Where the range begins."""
        return self.starts[0]

    @property
    def at_least(self) -> float:
        """What it comes to where traces came in bursts and a part met one."""
        return min(self.counts) * len(self.counts)

    def tells(self, since_us: int) -> bool:
        """Whether there are likely too many from a time on to count them."""
        share = 1 - (since_us - self.from_us) / (self.stretch * len(self.starts))
        return 0 <= share <= 1 and self.at_least * share >= SCANNED_SAMPLED_MIN

    def since(self, since_us: int) -> int:
        """Return about how many there are from a time in the range on."""
        shares = [1 - (since_us - start) / self.stretch for start in self.starts]
        return round(
            sum(
                count * min(max(share, 0), 1)
                for count, share in zip(self.counts, shares, strict=True)
            )
        )


@dataclass(frozen=True, slots=True)
class Scan:
    """What is counted: the roots whose clock, a `column`, lies before `until_us`.

    `rows` is the condition on the rows that have that clock.
    """

    engine: Engine
    column: str
    rows: str
    until_us: int

    def since(self, since_us: int) -> Times | Sample:
        """Find out how many there are from a time on. Raises EngineError."""
        # That wide, there are likely too many to list them.
        wide = self.until_us - since_us > _WIDE_US
        sample = self._sample(since_us) if wide else None
        if sample and sample.at_least >= SCANNED_LISTED_MAX:
            return sample
        sql = _TIMES.format(column=self.column, rows=self.rows)
        parameters = {
            "from_us": since_us,
            "until_us": self.until_us,
            "most": SCANNED_LISTED_MAX,
        }
        times = self.engine.query(sql, parameters)[0][0]
        if len(times) < SCANNED_LISTED_MAX:
            return Times(since_us, times)
        return sample or self._sample(since_us)

    def _sample(self, since_us: int) -> Sample:
        """Count the roots in a part of each stretch."""
        column, stretch = self.column, (self.until_us - since_us) / _SAMPLES
        size = max(1, int(stretch / _SAMPLED_SHARE))
        starts = [since_us + int(stretch * n) for n in range(_SAMPLES)]
        parts = [start + int(stretch * _SAMPLED_AT) for start in starts]
        slices = " OR ".join(
            f"{column} >= {part} AND {column} < {part + size}" for part in parts
        )
        number = " + ".join(f"({column} >= {part})" for part in parts[1:])
        counts = [0.0] * _SAMPLES
        sql = _COUNT_MANY.format(number=number, slices=slices)
        for n, count in self.engine.query(sql):
            counts[n] = count * stretch / size
        return Sample(starts, stretch, counts)
