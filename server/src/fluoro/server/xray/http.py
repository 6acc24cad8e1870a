"""The X-Ray API's routes: every operation is a POST with a JSON body.

Neither the content type nor the casing of headers is looked at; a missing body is an
empty request (boto3 sends none for operations without members, ADOT none for rules).
Errors are `{"Message": ...}` with the code in `x-amzn-errortype`.
"""

import uuid
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

import orjson
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fluoro.model.errors import ApiError, NotBuiltYetError, SerializationError
from fluoro.model.limits import REQUEST_BYTES_MAX
from fluoro.server.services import Services
from fluoro.server.xray.constraints import Shape, check
from fluoro.server.xray.operations import HANDLERS, Handler
from fluoro.server.xray.shapes import OPERATIONS

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]


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
        orjson.dumps(members),
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


def _endpoint(
    services: Services, name: str, shape: Shape, handler: Handler
) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            checked = check(_parse(await read_body(request)), shape)
            if iscoroutinefunction(handler):
                return answer(await handler(services, checked))
            return answer(await run_in_threadpool(handler, services, checked))
        except ApiError as error:
            return error_answer(error)
        except Exception:
            log.exception("operation_failed", operation=name)
            return error_answer(ApiError(f"{name} failed; the server's log says why"))

    return endpoint


def _not_built(name: str) -> Handler:
    def handler(_services: Services, _request: dict[str, Any]) -> dict[str, Any]:
        raise NotBuiltYetError(f"{name} is not built in this Fluoro yet")

    return handler


def _parse(body: bytes) -> Any:
    if not body or body.isspace():
        return {}
    try:
        return orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise SerializationError(f"The body is not JSON: {error}") from None
