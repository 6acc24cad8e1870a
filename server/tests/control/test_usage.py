"""Usage by day and what AWS would have charged."""

import pytest

from fluoro.control.usage import Meter, aws_price, get_usage
from fluoro.model.errors import InvalidRequestError

NOW = 1_788_220_800.0 + 3600
"""An hour into the 1st of September 2026."""

DAY = 86_400


def test_days_and_months(engine):
    meter = Meter(engine)
    meter.count(retrieved=5, scanned=100)
    meter.flush(NOW - DAY)
    meter.count(scanned=1)
    meter.count(retrieved=2)
    meter.flush(NOW)
    rows = []
    for received, trace in ((NOW - DAY, 1), (NOW, 2), (NOW + 1, 2), (NOW + 2, 3)):
        rows += [bytes([trace] * 16), round(received * 1e6), "{}"]
    engine.insert("documents", ("trace_id", "received_us", "document"), rows)

    usage = get_usage(engine, NOW, days=3)
    assert usage["Days"] == [
        {"Day": "2026-08-30", "Recorded": 0, "Retrieved": 0, "Scanned": 0},
        {"Day": "2026-08-31", "Recorded": 1, "Retrieved": 5, "Scanned": 100},
        {"Day": "2026-09-01", "Recorded": 2, "Retrieved": 2, "Scanned": 1},
    ]
    assert [month["Month"] for month in usage["Months"]] == ["2026-08", "2026-09"]
    assert usage["Months"][1] == {
        "Month": "2026-09",
        "Recorded": 2,
        "Retrieved": 2,
        "Scanned": 1,
        "AwsPriceUsd": 0.0,
    }


def test_prices():
    assert aws_price(100_000, 1_000_000) == 0.0
    assert aws_price(1_100_000, 0) == 5.0
    assert aws_price(0, 3_000_000) == 1.0


def test_the_number_of_days_has_bounds(engine):
    for days in (0, 367):
        with pytest.raises(InvalidRequestError, match="Days"):
            get_usage(engine, NOW, days)
