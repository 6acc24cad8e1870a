"""Usage by day, and what AWS would have charged for it.

Traces recorded are counted in the store, so days beyond the retention are gone; traces
retrieved and scanned are added up as reads report them. X-Ray's published prices: 5 USD
a million recorded beyond 100,000 a month, 0.50 USD a million retrieved or scanned
beyond a million a month.
"""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fluoro.model.errors import InvalidRequestError
from fluoro.store.engine import Engine, EngineError
from fluoro.store.usage import add_usage, read_usage, traces_recorded

RECORDED_FREE, RECORDED_USD_PER_MILLION = 100_000, 5.0
READ_FREE, READ_USD_PER_MILLION = 1_000_000, 0.5
DAYS_MAX = 366
MEASURES = ("Recorded", "Retrieved", "Scanned")
_EPOCH = date(1970, 1, 1)


class Meter:
    """Counts what reads retrieve and scan, until `flush` writes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def count(self, *, retrieved: int = 0, scanned: int = 0) -> None:
        """Add traces that a read answered in full, or looked through."""
        with self._lock:
            for measure, traces in (("Retrieved", retrieved), ("Scanned", scanned)):
                self._counts[measure] = self._counts.get(measure, 0) + traces

    def flush(self, now: float) -> None:
        """Write what was counted since the last time, for the day of `now`."""
        with self._lock:
            counts, self._counts = self._counts, {}
        try:
            add_usage(self._engine, int(now // 86_400), counts)
        except EngineError:
            self.count(
                retrieved=counts.get("Retrieved", 0), scanned=counts.get("Scanned", 0)
            )
            raise


def get_usage(engine: Engine, now: float, days: int = 31) -> dict[str, Any]:
    """Return the last `days` days, today's last, and their months with AWS's prices.

    Raises InvalidRequestError for a number of days out of range.
    """
    if not 1 <= days <= DAYS_MAX:
        raise InvalidRequestError(f"Days must be from 1 to {DAYS_MAX}")
    last = (datetime.fromtimestamp(now, UTC).date() - _EPOCH).days
    first = last - days + 1
    told = read_usage(engine, first, last)
    recorded = traces_recorded(engine, first, last)
    rows = []
    for day in range(first, last + 1):
        counts = {"Recorded": recorded.get(day, 0), **told.get(day, {})}
        rows.append(
            {
                "Day": (_EPOCH + timedelta(days=day)).isoformat(),
                **{measure: counts.get(measure, 0) for measure in MEASURES},
            }
        )
    return {"Days": rows, "Months": _months(rows)}


def aws_price(recorded: int, read: int) -> float:
    """Return what AWS charges for a month, in USD to the cent."""
    usd = (
        max(recorded - RECORDED_FREE, 0) * RECORDED_USD_PER_MILLION
        + max(read - READ_FREE, 0) * READ_USD_PER_MILLION
    ) / 1e6
    return round(usd, 2)


def _months(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        month = sums.setdefault(row["Day"][:7], dict.fromkeys(MEASURES, 0))
        for measure in MEASURES:
            month[measure] += row[measure]
    return [
        {
            "Month": month,
            **counts,
            "AwsPriceUsd": aws_price(
                counts["Recorded"], counts["Retrieved"] + counts["Scanned"]
            ),
        }
        for month, counts in sums.items()
    ]
