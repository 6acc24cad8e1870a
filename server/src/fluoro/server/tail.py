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
import structlog
from starlette.concurrency import run_in_threadpool

from fluoro.filters.groups import Groups
from fluoro.model.errors import ApiError
from fluoro.query.summaries import get_trace_summaries
from fluoro.server.services import Services
from fluoro.store.engine import EngineError

log = structlog.get_logger()

POLL_SECONDS = 0.5
OVERLAP_SECONDS = 5.0
TOLD_PER_POLL_MAX = 50
"""More than a hundred lines a second help nobody; the rest is counted."""
QUIET_POLLS_MAX = 20
"""So many polls without a word, and a comment keeps the connection open."""


async def tail(
    services: Services,
    expression: str,
    groups: Groups,
    gone: Callable[[], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    """Yield events until `gone()`: `trace`, `skipped`, `failed`, and comments.

    `groups` are what `group.name` in the expression means.
    """
    request: dict[str, Any] = {"TimeRangeType": "Event"}
    if expression:
        request["FilterExpression"] = expression
    told: dict[str, tuple[int, float]] = {}
    since = services.now()
    quiet = 0
    yield b": connected\n\n"
    while not await gone():
        await asyncio.sleep(POLL_SECONDS)
        now = services.now()
        try:
            found = await run_in_threadpool(
                _changed,
                services,
                groups,
                {
                    **request,
                    "StartTime": max(since, now - OVERLAP_SECONDS),
                    "EndTime": now + 1,
                },
            )
        except ApiError as error:
            yield _event("failed", {"Message": error.message})
            return
        except EngineError:
            log.exception("tail_failed")
            yield _event("failed", {"Message": "The store does not answer"})
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
    services: Services, groups: Groups, request: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the summaries of matching traces received in a window, oldest first."""
    found: list[dict[str, Any]] = []
    while True:
        page = get_trace_summaries(services.engine, request, groups)
        found += page["TraceSummaries"]
        if not page.get("NextToken"):
            return sorted(found, key=lambda summary: summary["StartTime"])
        request["NextToken"] = page["NextToken"]


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"
