"""The X-Ray API's routes: every operation is a POST with a JSON body.

Neither the content type nor the casing of headers is looked at; a missing body is an
empty request (boto3 sends none for operations without members, ADOT none for rules).
Errors are `{"Message": ...}` with the code in `x-amzn-errortype`.
"""

import uuid
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

import msgspec
import orjson
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fluoro.control.audit import LOGGED, log_change
from fluoro.control.context import Context
from fluoro.model.errors import ApiError, NotBuiltYetError, SerializationError
from fluoro.model.limits import REQUEST_BYTES_MAX
from fluoro.server.services import Services
from fluoro.server.xray.constraints import Shape, check
from fluoro.server.xray.control import make_context
from fluoro.server.xray.operations import HANDLERS, Handler
from fluoro.server.xray.shapes import OPERATIONS
from fluoro.store.engine import EngineError

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]
Runner = Callable[[Request, dict[str, Any]], Awaitable[dict[str, Any]]]

_METERED: dict[str, Callable[[dict[str, Any]], dict[str, int]]] = {
    "BatchGetTraces": lambda found: {"retrieved": len(found["Traces"])},
    "GetTraceSummaries": lambda found: {"scanned": found["TracesProcessedCount"]},
}
"""What AWS charges of an operation's answer."""


def xray_routes(services: Services) -> list[Route]:
    """Return a route for each of the 38 operations."""
    return [
        Route(
            path,
            _endpoint(services, name, shape, HANDLERS.get(name) or _not_built(name)),
            methods=["POST"],
            name=name,
        )
        for name, (path, shape) in OPERATIONS.items()
    ]


def answer(members: dict[str, Any], status: int = 200) -> Response:
    """Return a JSON answer with the headers X-Ray sends."""
    return Response(
        msgspec.json.encode(members),
        status_code=status,
        media_type="application/json",
        headers={
            "x-amzn-RequestId": str(uuid.uuid4()),
            "X-Content-Type-Options": "nosniff",
        },
    )


def error_answer(error: ApiError) -> Response:
    """Return an error in X-Ray's shape."""
    response = answer(
        {error.message_member: error.message, **error.extra}, error.status
    )
    response.headers["x-amzn-errortype"] = error.code
    return response


async def read_body(request: Request) -> bytes:
    """Return the body; raise SerializationError once it is too large."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > REQUEST_BYTES_MAX:
            raise SerializationError(
                f"The request is larger than {REQUEST_BYTES_MAX:,} bytes"
            )
        chunks.append(chunk)
    return b"".join(chunks)


async def read_json(request: Request) -> Any:
    """Return what the body says, {} for none; raise SerializationError."""
    body = await read_body(request)
    if not body or body.isspace():
        return {}
    try:
        return orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise SerializationError(f"The body is not JSON: {error}") from None


async def read_object(request: Request) -> dict[str, Any]:
    """Return the body's members; raise SerializationError for anything else."""
    body = await read_json(request)
    if not isinstance(body, dict):
        raise SerializationError("The body must be a JSON object")
    return body


def _endpoint(
    services: Services, name: str, shape: Shape, handler: Handler
) -> Endpoint:
    run = _runner(services, name, handler)

    async def endpoint(request: Request) -> Response:
        checked: dict[str, Any] = {}
        refused = None
        try:
            checked = check(await read_json(request), shape)
            members = await run(request, checked)
        except ApiError as error:
            refused = error
        except Exception:
            log.exception("operation_failed", operation=name)
            refused = ApiError(f"{name} failed; the server's log says why")
        if name in LOGGED:
            await run_in_threadpool(log_call, services, request, name, checked, refused)
        return error_answer(refused) if refused else answer(members)

    return endpoint


def _runner(services: Services, name: str, handler: Handler) -> Runner:
    """Return how an operation is run: coroutines on the loop, the rest on threads."""

    async def run(request: Request, checked: dict[str, Any]) -> dict[str, Any]:
        context = make_context(services, request)
        found: dict[str, Any]
        if iscoroutinefunction(handler):
            found = await handler(services, context, checked)
        else:
            found = await run_in_threadpool(handler, services, context, checked)
        if name in _METERED:
            services.configuration.meter.count(**_METERED[name](found))
        return found

    return run


def log_call(
    services: Services,
    request: Request,
    name: str,
    checked: dict[str, Any],
    refused: ApiError | None,
) -> None:
    """Log a change; where the store fails now, the server's log has it instead."""
    try:
        log_change(
            services.engine,
            name,
            checked,
            now=services.now(),
            principal=request.state.principal.name,
            source_ip=request.client.host if request.client else "",
            error=refused,
        )
    except EngineError:
        log.exception("change_not_logged", operation=name, request=checked)


def _not_built(name: str) -> Handler:
    def handler(
        _services: Services, _context: Context, _request: dict[str, Any]
    ) -> dict[str, Any]:
        raise NotBuiltYetError(f"{name} is not built in this Fluoro yet")

    return handler
