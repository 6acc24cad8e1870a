"""GetTimeSeriesServiceStatistics: statistics by the minute or by five.

Recorded: rows are by receipt, a row's label is the end of its minute, and a minute is
chosen when its label lies from StartTime until EndTime, both cut to whole seconds; five
minutes merge the chosen ones. Newest first. A minute in which anything was received has
a row, without statistics when it is nothing the selector names.
"""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from fluoro.model.errors import InvalidRequestError
from fluoro.query.histogram import Histograms, histograms, summary
from fluoro.query.window import window_of
from fluoro.store.calls import CLIENT, NODE
from fluoro.store.engine import Engine
from fluoro.store.graph import Selection, Statistics, read_series
from fluoro.store.rollups import MINUTE_US, SECOND_US, Range, Traces

Answer = dict[str, Any]

PERIODS = (60, 300)

ALL_TRAFFIC = Selection((CLIENT,))
"""What a request without a selector is about: clients' calls of the application."""


def get_time_series(
    engine: Engine,
    request: Mapping[str, Any],
    selection: Selection = ALL_TRAFFIC,
    traces: Traces | None = None,
    hours_max: float | None = None,
) -> Answer:
    """Answer GetTimeSeriesServiceStatistics, all rows on one page.

    `selection` is what the request's EntitySelectorExpression names, `traces` the
    members of its group, `hours_max` bounds the window. Raises InvalidRequestError and
    EngineError.
    """
    token = request.get("NextToken")
    if token:
        raise InvalidRequestError(f"Invalid token {token}")
    period = request.get("Period")
    if period is None:
        period = PERIODS[0]
    if period not in PERIODS:
        raise InvalidRequestError(f"Time period must be one of {list(PERIODS)}")
    window = minutes(request, hours_max)
    period_us = period * SECOND_US
    series = read_series(engine, window, period_us, selection, traces)
    seen = [statistics for statistics in series.values() if statistics]
    drawn = iter(histograms(seen))
    rows = [
        (start_us + period_us, statistics, next(drawn) if statistics else None)
        for start_us, statistics in series.items()
    ]
    nodes = selection.kinds == (NODE,)
    return {
        "TimeSeriesServiceStatistics": [
            _row(*row, nodes=nodes)
            for row in sorted(rows, key=itemgetter(0), reverse=True)
        ],
        "ContainsOldGroupVersions": False,
        "NextToken": None,
    }


def minutes(request: Mapping[str, Any], hours_max: float | None = None) -> Range:
    """Return the receipts of the minutes whose ends lie in a request's window.

    In epoch microseconds. Raises InvalidRequestError.
    """
    window = window_of(request, hours_max)
    start, end = (-(-(us // SECOND_US) // 60) * MINUTE_US for us in window)
    return start - MINUTE_US, end - MINUTE_US


def _row(
    end_us: int,
    statistics: Statistics | None,
    drawn: Histograms | None,
    *,
    nodes: bool,
) -> Answer:
    counted = summary(statistics) if statistics else None
    return {
        "Timestamp": float(end_us // SECOND_US),
        "EdgeSummaryStatistics": None if nodes else counted,
        "ServiceSummaryStatistics": counted if nodes else None,
        "ServiceForecastStatistics": {"FaultCountHigh": None, "FaultCountLow": None},
        "ResponseTimeHistogram": drawn.responses if drawn else None,
    }
