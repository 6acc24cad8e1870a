"""Live tail: new and changed traces as server-sent events.

X-Ray's Event clock selects traces by when data was last received for them, so asking
again and again for the last seconds on that clock yields every new or changed trace.
Windows overlap, since a document becomes readable a moment after its receipt; what was
told of is remembered by id and revision.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool

from fluoro.model.errors import ApiError
from fluoro.server.services import Services
from fluoro.server.xray.operations import HANDLERS

POLL_SECONDS = 0.5
OVERLAP_SECONDS = 5.0
TOLD_PER_POLL_MAX = 50
"""More than a hundred lines a second help nobody; the rest is counted."""
QUIET_POLLS_MAX = 20
"""So many polls without a word, and a comment keeps the connection open."""


async def tail(
    services: Services, expression: str, gone: Callable[[], Awaitable[bool]]
) -> AsyncIterator[bytes]:
    """Yield events until `gone()`: `trace`, `skipped`, `failed`, and comments."""
    told: dict[str, tuple[int, float]] = {}
    since = services.now()
    quiet = 0
    yield b": connected\n\n"
    while not await gone():
        await asyncio.sleep(POLL_SECONDS)
        now = services.now()
        try:
            found = await run_in_threadpool(
                _changed, services, expression, max(since, now - OVERLAP_SECONDS), now
            )
        except ApiError as error:
            yield _event("failed", {"Message": error.message})
            return
        fresh = [s for s in found if told.get(s["Id"], (0,))[0] != s["Revision"]]
        told = {i: seen for i, seen in told.items() if seen[1] > now - 60}
        told |= {s["Id"]: (s["Revision"], now) for s in fresh}
        for summary in fresh[:TOLD_PER_POLL_MAX]:
            yield _event("trace", summary)
        if len(fresh) > TOLD_PER_POLL_MAX:
            yield _event("skipped", {"Count": len(fresh) - TOLD_PER_POLL_MAX})
        quiet = 0 if fresh else quiet + 1
        if quiet >= QUIET_POLLS_MAX:
            quiet = 0
            yield b": still here\n\n"


def _changed(
    services: Services, expression: str, start: float, end: float
) -> list[dict[str, Any]]:
    """Return the summaries of matching traces received in a window, oldest first."""
    request: dict[str, Any] = {
        "StartTime": start,
        "EndTime": end + 1,
        "TimeRangeType": "Event",
    }
    if expression:
        request["FilterExpression"] = expression
    found: list[dict[str, Any]] = []
    while True:
        page = HANDLERS["GetTraceSummaries"](services, request)
        found += page["TraceSummaries"]
        if not page.get("NextToken"):
            return sorted(found, key=lambda summary: summary["StartTime"])
        request["NextToken"] = page["NextToken"]


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
