"""The web application: the X-Ray API, health and metrics on one port."""

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fluoro import __version__
from fluoro.model.errors import ApiError
from fluoro.server.api import api_routes
from fluoro.server.console import console_routes
from fluoro.server.console_api import console_api_routes
from fluoro.server.door import Door
from fluoro.server.metrics import CONTENT_TYPE, make_registry, render
from fluoro.server.otlp import otlp_routes
from fluoro.server.services import Services
from fluoro.server.xray.http import error_answer, xray_routes


class UnknownOperationError(ApiError):
    """No operation has this path; X-Ray answers 200, an honest client notices 404."""

    code, status = "UnknownOperationException", 404


def make_app(services: Services) -> Starlette:
    """Return the application of a running server."""
    registry = make_registry(services)

    async def health(_request: Request) -> Response:
        error = services.mover.last_error
        healthy = services.mover.alive and services.datagrams.alive and not error
        body = {"status": "ok" if healthy else "failing", "version": __version__}
        if error:
            body["error"] = error
        return Response(
            orjson.dumps(body),
            status_code=200 if healthy else 503,
            media_type="application/json",
        )

    async def metrics(_request: Request) -> Response:
        text = await run_in_threadpool(render, registry)
        return Response(text, media_type=CONTENT_TYPE)

    async def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        unknown = UnknownOperationError(f"{request.method} {request.url.path}")
        unknown.message = f"Fluoro has nothing at {unknown.message}"
        response = error_answer(unknown)
        response.status_code = status
        return response

    return Starlette(
        routes=[
            *xray_routes(services),
            *otlp_routes(services.intake),
            *api_routes(services),
            Route("/healthz", health),
            Route("/metrics", metrics),
            *console_api_routes(services),
            *console_routes(),
        ],
        middleware=[
            Middleware(Door, access=services.configuration.access, clock=services.now)
        ],
        exception_handlers={404: not_found, 405: not_found},
    )
