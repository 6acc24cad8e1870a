"""The HTTP client, in front of servers that are no Fluoro."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fluoro.cli.client import Client
from fluoro.cli.failure import Exit, Failure


@pytest.fixture
def answering():
    """Start a server that gives one answer to everything; returns its URL."""
    running = []

    def start(status=200, body=b"{}", headers=()):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - http.server's name

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "code", "why"),
    [
        (400, b'{"Message": "bad filter"}', Exit.REFUSED, "bad filter"),
        (400, b'{"message": "1 validation error"}', Exit.REFUSED, "1 validation"),
        (403, b'{"Message": "not yours"}', Exit.REFUSED, "not yours"),
        (404, b"<html>nothing here</html>", Exit.NOT_FOUND, "nothing here"),
        (429, b'{"Message": "Rate exceeded"}', Exit.REFUSED, "Rate exceeded"),
        (500, b'{"message": null}', Exit.ERROR, "null"),
        (502, b"", Exit.ERROR, ""),
    ],
)
def test_refusals(answering, status, body, code, why):
    with Client(answering(status, body)) as client:
        with pytest.raises(Failure, match=f"HTTP {status}") as caught:
            client.call("/Traces", TraceIds=[])

        assert caught.value.code == code
        assert why in caught.value.why


def test_an_answer_that_is_no_json(answering):
    with (
        Client(answering(200, b"<html>")) as client,
        pytest.raises(Failure, match="no JSON"),
    ):
        client.call("/Traces")


def test_a_connection_that_was_closed_meanwhile_is_opened_again(answering):
    with Client(answering(200, b"{}", [("Connection", "close")])) as client:
        assert client.call("/Traces") == {}
        assert client.call("/Traces") == {}


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://a:b", "http://a:99999"])
def test_an_address_that_is_none_is_a_usage_error(url):
    with pytest.raises(Failure, match="no address of a server") as caught:
        Client(url)

    assert caught.value.code == Exit.USAGE


def test_a_host_without_a_scheme_is_http(answering):
    with Client(answering().removeprefix("http://")) as client:
        assert client.call("/Traces") == {}


def test_a_host_that_does_not_exist_is_unreachable():
    with (
        Client("http://no-such-host.invalid") as client,
        pytest.raises(Failure, match="cannot reach") as caught,
    ):
        client.call("/Traces")

    assert caught.value.code == Exit.UNREACHABLE
