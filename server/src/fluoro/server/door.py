"""The door every HTTP request goes through, before routing.

Host and origin are checked for all of them, who calls for all but the open paths: the
console's files, health, and logging in. A path's operation comes from one table; what
the table does not know may only be read by readers and changed by admins, so a new
route is closed until it is listed. Handlers find the caller in `request.state`.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fluoro.model.errors import ApiError, SerializationError
from fluoro.model.limits import REQUEST_BYTES_MAX
from fluoro.server.access import Access, Arrival
from fluoro.server.xray.http import error_answer
from fluoro.server.xray.shapes import OPERATIONS

OPEN_API = frozenset({"/api/login", "/api/logout"})
_NAMED = {path: name for name, (path, _) in OPERATIONS.items()} | {
    "/v1/traces": "PutTraceSegments",
    "/metrics": "GetMetrics",
}
_NAMED_API = {
    ("GET", "/api/keys"): "ListKeys",
    ("POST", "/api/keys/create"): "CreateKey",
    ("POST", "/api/keys/revoke"): "RevokeKey",
    ("POST", "/api/filters/complete"): "GetApi",
    ("POST", "/api/filters/explain"): "GetApi",
    ("GET", "/api/audit"): "ListChanges",
    ("POST", "/api/demo"): "PutTraceSegments",
}


def operation_of(method: str, path: str) -> str | None:
    """Return the operation that a request means, None for an open path."""
    name = _NAMED.get(path) or _NAMED_API.get((method, path))
    if name is not None:
        return name
    if not path.startswith("/api/") or path in OPEN_API:
        return None
    return "GetApi" if method in ("GET", "HEAD") else "ChangeApi"


class Door:
    """ASGI middleware around the whole application. `clock` gives epoch seconds."""

    def __init__(
        self, app: ASGIApp, access: Access, clock: Callable[[], float]
    ) -> None:
        self._app = app
        self._access = access
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrival = _arrival(scope)
        operation = operation_of(arrival.method, scope["path"])
        try:
            self._access.guard(arrival)
            if operation is not None:
                if arrival.proves:
                    arrival.body, receive = await _whole_body(receive)
                principal = await self._admitted(arrival, operation)
                scope.setdefault("state", {}).update(
                    principal=principal, region=self._access.region(arrival)
                )
        except ApiError as error:
            await error_answer(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admitted(self, arrival: Arrival, operation: str) -> object:
        """Judge on a thread what may have to look up a key."""
        now = self._clock()
        if arrival.proves:
            return await run_in_threadpool(self._access.admit, arrival, operation, now)
        return self._access.admit(arrival, operation, now)


def _arrival(scope: Scope) -> Arrival:
    client = scope.get("client")
    return Arrival(
        scope["method"],
        scope.get("raw_path") or scope["path"].encode(),
        scope["query_string"],
        scope["headers"],
        client[0] if client else "",
    )


async def _whole_body(receive: Receive) -> tuple[bytes, Receive]:
    """Read the body, which a signature covers, and let the handler read it again.

    Raises SerializationError once it is too large.
    """
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > REQUEST_BYTES_MAX:
            raise SerializationError(
                f"The request is larger than {REQUEST_BYTES_MAX:,} bytes"
            )
        chunks.append(chunk)
        more = message["type"] == "http.request" and message.get("more_body", False)
    body = b"".join(chunks)
    waiting: list[Message] = [{"type": "http.request", "body": body}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return body, again
