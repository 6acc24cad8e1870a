"""The console's files: what `make console` built from `console/`, served at `/`.

The page may load and run nothing but these files: whatever a trace's texts hold, the
browser has no way to take it for a script.
"""

import mimetypes
import os
from pathlib import Path

from starlette.datastructures import Headers
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
    files = _Assets(directory=STATIC / "assets", check_dir=False)
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
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer the form that the build compressed to whoever can read it."""
        packed = Path(f"{os.fspath(full_path)}.gz")
        accepted = Headers(scope=scope).get("accept-encoding", "")
        if "gzip" not in accepted or not packed.is_file():
            return super().file_response(full_path, stat_result, scope, status_code)
        kind, _ = mimetypes.guess_type(full_path)
        headers = {"Content-Encoding": "gzip"}
        return FileResponse(packed, media_type=kind, headers=headers)


def _page(_request: Request) -> Response:
    index = STATIC / "index.html"
    if not index.exists():
        return PlainTextResponse(NOT_BUILT, status_code=503)
    return FileResponse(index, headers=HEADERS)


def _icon(_request: Request) -> Response:
    return FileResponse(STATIC / "favicon.svg", headers=HEADERS)
