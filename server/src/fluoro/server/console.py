"""The console's files: what `make console` built from `console/`, served at `/`.

The page may load and run nothing but these files: whatever a trace's texts hold, the
browser has no way to take it for a script.
"""

from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).with_name("static")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types fluoro-worker"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
PAGES = ("/", "/xray/home", "/cloudwatch/home")
"""Where X-Ray's own links lead; the state of the page stands behind the `#`."""

NOT_BUILT = "The console is not built: run `make console`, then load this page again.\n"


def console_routes() -> list[BaseRoute]:
    """Return the routes of the page and its files; tells what to do when unbuilt."""
    files = GZipMiddleware(_Assets(directory=STATIC / "assets", check_dir=False))
    return [
        *(Route(path, _page) for path in PAGES),
        Route("/favicon.svg", _icon),
        Mount("/assets", files),
    ]


class _Assets(StaticFiles):
    """Files whose names hold a hash of their content never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer the file, to be kept for a year."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _page(_request: Request) -> Response:
    index = STATIC / "index.html"
    if not index.exists():
        return PlainTextResponse(NOT_BUILT, status_code=503)
    return FileResponse(index, headers=HEADERS)


def _icon(_request: Request) -> Response:
    return FileResponse(STATIC / "favicon.svg", headers=HEADERS)
