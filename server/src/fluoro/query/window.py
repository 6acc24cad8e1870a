"""The window of a request: from StartTime until EndTime."""

from collections.abc import Mapping
from typing import Any

from fluoro.model.errors import InvalidRequestError
from fluoro.model.limits import TIME_SECONDS_MAX
from fluoro.store.rollups import SECOND_US, Range


def window_of(request: Mapping[str, Any], hours_max: float | None = None) -> Range:
    """Return a request's window in epoch microseconds; equal times are an empty one.

    `hours_max` bounds it. Raises InvalidRequestError.
    """
    start, end = float(request["StartTime"]), float(request["EndTime"])
    if end < start:
        raise InvalidRequestError("End time cannot be earlier than start time")
    # X-Ray's text is not known: it is in the style of the one above.
    if hours_max is not None and end - start > hours_max * 3600:
        raise InvalidRequestError(
            f"Time range cannot be longer than {hours_max:g} hours"
        )
    return _microseconds(start), _microseconds(end)


def _microseconds(seconds: float) -> int:
    bounded = min(max(seconds, -TIME_SECONDS_MAX), TIME_SECONDS_MAX)
    return round(bounded * SECOND_US)
