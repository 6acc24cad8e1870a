"""Fluoro's own API for what X-Ray has no operation for: keys, usage, audit, login.

JSON in and out under `/api`, errors as X-Ray's. Who may do what is the door's business
(`server.door`).
"""

import threading
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fluoro.control.audit import list_changes
from fluoro.control.keys import create_key, list_keys, revoke_key
from fluoro.control.usage import get_usage
from fluoro.model.errors import ApiError, InvalidRequestError, ThrottledError
from fluoro.server.access import COOKIE, SESSION_S
from fluoro.server.services import Services
from fluoro.server.xray.control import make_context
from fluoro.server.xray.http import answer, error_answer, log_call, read_object

Json = dict[str, Any]
Handler = Callable[[Services, Request, Json], Json | Response]

LOGINS_A_MINUTE_MAX = 10
CHANGES_MAX = 1_000


def api_routes(services: Services) -> list[Route]:
    """Return the routes under `/api` that are about configuration."""
    limiter = LoginLimiter()

    def route(path: str, method: str, handler: Handler, name: str = "") -> Route:
        endpoint = _endpoint(services, handler, name)
        return Route(path, endpoint, methods=[method])

    return [
        route("/api/keys", "GET", _list_keys),
        route("/api/keys/create", "POST", _create_key, "CreateKey"),
        route("/api/keys/revoke", "POST", _revoke_key, "RevokeKey"),
        route("/api/usage", "GET", _usage),
        route("/api/audit", "GET", _audit),
        route("/api/session", "GET", _session),
        route("/api/login", "POST", limiter.login),
        route("/api/logout", "POST", _logout),
    ]


class LoginLimiter:
    """Slows down guessing: ten logins a minute from one address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries: dict[str, deque[float]] = {}

    def login(self, services: Services, request: Request, body: Json) -> Response:
        """Open the console's session with `AccessKeyId` and `SecretAccessKey`."""
        now = services.now()
        self._count(request.client.host if request.client else "", now)
        cookie = services.configuration.access.login(
            str(body.get("AccessKeyId", "")), str(body.get("SecretAccessKey", "")), now
        )
        response = answer({})
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=SESSION_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    def _count(self, address: str, now: float) -> None:
        with self._lock:
            for other, tries in list(self._tries.items()):
                while tries and tries[0] < now - 60:
                    tries.popleft()
                if not tries:
                    del self._tries[other]
            tries = self._tries.setdefault(address, deque())
            if len(tries) >= LOGINS_A_MINUTE_MAX:
                raise ThrottledError("Too many logins; wait a minute")
            tries.append(now)


def _endpoint(
    services: Services, handler: Handler, logged: str
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body: Json = {}
        refused = None
        try:
            body = await read_object(request)
            found = await run_in_threadpool(handler, services, request, body)
        except ApiError as error:
            refused, found = error, error_answer(error)
        if logged:
            await run_in_threadpool(log_call, services, request, logged, body, refused)
        return found if isinstance(found, Response) else answer(found)

    return endpoint


def _list_keys(services: Services, request: Request, body: Json) -> Json:
    return list_keys(body, make_context(services, request))


def _create_key(services: Services, request: Request, body: Json) -> Json:
    context = make_context(services, request)
    return create_key(body, context, services.configuration.local_key)


def _revoke_key(services: Services, request: Request, body: Json) -> Json:
    return revoke_key(body, make_context(services, request))


def _usage(services: Services, request: Request, _body: Json) -> Json:
    now = services.now()
    services.configuration.meter.flush(now)
    return get_usage(services.engine, now, int(_number(request, "days", 31)))


def _audit(services: Services, request: Request, _body: Json) -> Json:
    now = services.now()
    return list_changes(
        services.engine,
        _number(request, "start", now - 86_400),
        _number(request, "end", now + 1),
        request.query_params.get("operation", ""),
        min(int(_number(request, "limit", 100)), CHANGES_MAX),
    )


def _session(_services: Services, request: Request, _body: Json) -> Json:
    principal = request.state.principal
    return {
        "Name": principal.name,
        "Role": principal.role,
        "AccessKeyId": principal.access_key_id or None,
    }


def _logout(_services: Services, _request: Request, _body: Json) -> Response:
    response = answer({})
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _number(request: Request, name: str, default: float) -> float:
    text = request.query_params.get(name)
    try:
        number = default if text is None else float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e11:
        raise InvalidRequestError(f"{name} must be a positive number, not {text!r}")
    return number
