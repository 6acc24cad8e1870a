"""The HTTP client of the commands: one running server, spoken to in X-Ray's own API.

An answer that is no success ends the command with a `Failure` that says what happened,
why, and what to do.
"""

import json
from collections.abc import Callable, Iterator
from functools import update_wrapper
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Self
from urllib.parse import urlsplit

import click

from fluoro.cli.failure import Exit, Failure
from fluoro.cli.signing import has_key, signed

DEFAULT_SERVER = "http://127.0.0.1:2000"
TIMEOUT_SECONDS = 60.0

_EXIT_OF_STATUS = {
    400: Exit.REFUSED,
    403: Exit.REFUSED,
    404: Exit.NOT_FOUND,
    413: Exit.REFUSED,
    429: Exit.REFUSED,
}
_WHAT_TO_DO = {
    403: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key of this server whose"
    " role allows this",
    429: "send slower, or wait a moment: the server has more to do than it can take in",
    501: "this server does not answer the operation; run a newer Fluoro",
}


class Client:
    """One kept-alive connection to a server at `url` (http or https)."""

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
            raise Failure(
                f"{url!r} is no address of a server",
                do=f"write it as {DEFAULT_SERVER}",
                code=Exit.USAGE,
            )
        self.url = f"{parts.scheme}://{parts.netloc}"
        self.host = parts.hostname
        self.port = port or (443 if parts.scheme == "https" else 80)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._signs = False
        self._connection = kind(self.host, self.port, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def call(self, path: str, **members: Any) -> Any:
        """POST an operation's input, its None members left out; return its answer."""
        body = {name: value for name, value in members.items() if value is not None}
        return self.request("POST", path, body)

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON answer; raise Failure for anything but a success."""
        status, _, text = self.exchange(method, path, body)
        try:
            answer = json.loads(text) if text else {}
        except ValueError:
            answer = None
        if not 200 <= status < 300:
            raise _refusal(method, path, status, answer, text)
        if answer is None:
            raise Failure(
                f"{self.url}{path} answered something that is no JSON",
                why=f"it begins {text[:60]!r}",
                do="check that --server names a Fluoro server",
            )
        return answer

    def exchange(
        self, method: str, path: str, body: Any = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return the status, the headers in lower case and the body of an answer.

        A server that forbids it is asked once more with a signature, from then on with
        one at once, where the environment names a key.
        """
        data = None if body is None else json.dumps(body).encode()
        answer = self._exchange(method, path, data)
        if answer[0] == HTTPStatus.FORBIDDEN and not self._signs and has_key():
            self._signs = True
            answer = self._exchange(method, path, data)
        return answer

    def _exchange(
        self, method: str, path: str, data: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {"Content-Type": "application/json"} if data is not None else {}
        if self._signs:
            headers = signed(method, self.url + path, data, headers)
        try:
            response = self._send(method, path, data, headers)
            text = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise self._unreachable(error) from None
        return response.status, {k.lower(): v for k, v in response.getheaders()}, text

    def _send(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> HTTPResponse:
        """Send, once more where a kept-alive connection had been closed meanwhile."""
        kept = self._connection.sock is not None
        try:
            self._connection.request(method, path, data, headers)
            return self._connection.getresponse()
        except (ConnectionError, HTTPException):
            self._connection.close()
            if not kept:
                raise
        self._connection.request(method, path, data, headers)
        return self._connection.getresponse()

    def _unreachable(self, error: Exception) -> Failure:
        if isinstance(error, ConnectionRefusedError):
            why = f"nothing listens on {self.host} port {self.port}"
            do = "start a server with `fluoro serve`, or name one with --server URL"
        elif isinstance(error, TimeoutError):
            why = f"no answer within {self._connection.timeout:g} s"
            do = "run `fluoro doctor`"
        else:
            why = str(error) or type(error).__name__
            do = "check --server URL (or FLUORO_SERVER)"
        return Failure(
            f"cannot reach {self.url}", why=why, do=do, code=Exit.UNREACHABLE
        )


def _refusal(method: str, path: str, status: int, answer: Any, text: bytes) -> Failure:
    """Put an error answer into the words of a `Failure`."""
    why = ""
    if isinstance(answer, dict):
        why = answer.get("Message") or answer.get("message") or ""
    why = why or text[:200].decode("utf-8", "replace")
    return Failure(
        f"the server refused {method} {path} with HTTP {status}",
        why=str(why),
        do=_WHAT_TO_DO.get(status, ""),
        code=_EXIT_OF_STATUS.get(status, Exit.ERROR),
    )


def pages(client: Client, path: str, **members: Any) -> Iterator[dict[str, Any]]:
    """Yield each page of an operation that pages with `NextToken`."""
    token = None
    while True:
        page = client.call(path, **members, NextToken=token)
        yield page
        token = page.get("NextToken")
        if not token:
            return


def server_option(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option --server, and a `client` instead of its value."""

    def run(server: str, **arguments: Any) -> None:
        with Client(server) as client:
            command(client=client, **arguments)

    return click.option(
        "--server",
        metavar="URL",
        envvar="FLUORO_SERVER",
        show_envvar=True,
        default=DEFAULT_SERVER,
        show_default=True,
        help="The running server.",
    )(update_wrapper(run, command))
