"""The API under `/api`: what the console needs and X-Ray has no operation for.

Bodies have X-Ray's member names and error shape; docs/reference/console-api.md
describes each.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import islice
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from fluoro import __version__
from fluoro.filters.groups import expand_groups
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError
from fluoro.model.errors import ApiError, InvalidRequestError
from fluoro.model.limits import DOCUMENTS_PER_CALL_MAX
from fluoro.query.links import get_linking_traces
from fluoro.server.filters_api import complete, explain
from fluoro.server.services import Services
from fluoro.server.tail import tail
from fluoro.server.xray.control import make_context
from fluoro.server.xray.http import answer, error_answer, read_object
from fluoro.server.xray.scope import expressions
from fluoro.shop.load import traffic

Json = dict[str, Any]
Handler = Callable[[Json], Awaitable[Json]]

DEMO_TRACES = 120
DEMO_TRACES_MAX = 1_000
READABLE_SECONDS_MAX = 5.0
DEMO_SECONDS = 600
"""Sample traces pretend to have come over this time."""


def console_api_routes(services: Services) -> list[Route]:
    """Return the routes under `/api`."""
    started = services.now()

    async def status(_body: Json) -> Json:
        return status_of(services, started)

    async def demo(body: Json) -> Json:
        return await send_demo(services, body)

    async def completions(request: Request) -> Response:
        context = make_context(services, request)
        return await _endpoint(partial(complete, services.engine, context))(request)

    async def links(request: Request) -> Response:
        trace_id = request.query_params.get("trace", "")
        try:
            found = await run_in_threadpool(
                get_linking_traces, services.engine, trace_id
            )
        except ApiError as error:
            return error_answer(error)
        return answer(found)

    async def stream(request: Request) -> Response:
        expression = request.query_params.get("filter", "")
        groups = expressions(make_context(services, request))
        try:
            expand_groups(parse(expression), groups)
        except FilterError as error:
            return error_answer(InvalidRequestError(str(error)))
        events = tail(services, expression, groups, request.is_disconnected)
        return StreamingResponse(
            events,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    return [
        Route("/api/status", _endpoint(status), methods=["GET"]),
        Route("/api/links", links, methods=["GET"]),
        Route("/api/tail", stream, methods=["GET"]),
        Route("/api/filters/complete", completions, methods=["POST"]),
        Route("/api/filters/explain", _endpoint(explain), methods=["POST"]),
        Route("/api/demo", _endpoint(demo), methods=["POST"]),
    ]


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return answer(await handler(await read_object(request)))
        except ApiError as error:
            return error_answer(error)

    return endpoint


def status_of(services: Services, started: float) -> Json:
    """Return the server's health and its ledger by transport."""
    services.datagrams.count_kernel_drops()
    error = services.mover.last_error
    healthy = services.mover.alive and services.datagrams.alive and not error
    return {
        "Version": __version__,
        "Status": "ok" if healthy else "failing",
        "Error": str(error) if error else None,
        "StartedAt": started,
        "UdpAddress": f"{services.settings.host}:{services.datagrams.port}",
        "Backlog": services.mover.backlog_documents,
        "Ledger": {
            transport: {
                "Received": tally.received,
                "Stored": tally.stored,
                "Merged": tally.merged,
                "InFlight": tally.in_flight,
                "Rejected": tally.rejected,
                "Dropped": tally.dropped,
            }
            for transport, tally in services.ledger.tallies().items()
        },
    }


async def _moved(services: Services) -> None:
    """Wait until what was taken in can be read, for those who look at it next."""
    deadline = services.now() + READABLE_SECONDS_MAX
    while services.mover.backlog_documents:
        if services.now() > deadline:
            return
        await asyncio.sleep(0.02)


async def send_demo(services: Services, body: Json) -> Json:
    """Take in `Traces` traces of the made-up shop, spread over the last minutes.

    Answers once they can be read, if that is soon. Raises InvalidRequestError for a
    number out of range.
    """
    traces = body.get("Traces", DEMO_TRACES)
    if not isinstance(traces, int) or not 1 <= traces <= DEMO_TRACES_MAX:
        raise InvalidRequestError(f"Traces must be from 1 to {DEMO_TRACES_MAX}")
    start = services.now() - DEMO_SECONDS
    made = islice(
        traffic(secrets.randbits(31), start, traces / (DEMO_SECONDS - 20)), traces
    )
    documents = [json.dumps(document) for trace in made for _, document in trace.sent]
    for first in range(0, len(documents), DOCUMENTS_PER_CALL_MAX):
        await services.intake.put(documents[first : first + DOCUMENTS_PER_CALL_MAX])
    await _moved(services)
    return {"Traces": traces, "Documents": len(documents)}
