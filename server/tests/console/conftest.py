"""A real chromium before a real server with the made-up shop's traffic in it."""

import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from console_help import chromium, send, shop
from playwright.sync_api import expect, sync_playwright

from running import RunningServer

HARMLESS = ("Failed to load resource",)
"""A refused request is shown on the page; the browser's line about it says nothing."""


FRESH_SECONDS = 420
"""How long a server's traffic is looked at."""

PATIENCE_MS = 20_000
"""How long a page may take on a busy machine before a test gives up on it."""


@pytest.fixture(scope="session")
def browser():
    """One browser for all tests; each test has a context of its own."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-background-networking", "--disable-sync"],
        )
        yield browser
        browser.close()


class Shops:
    """A server with the shop's traffic, and after a while another.

    Pages show the last quarter of an hour; all tests take longer.
    """

    def __init__(self):
        self._stack = ExitStack()
        self._server, self._since = None, 0.0

    def fresh(self):
        """Return a server whose traffic is of the last minutes."""
        if not self._server or time.monotonic() - self._since > FRESH_SECONDS:
            self.close()
            folder = tempfile.mkdtemp(prefix="fluoro-test-console-")
            self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
            self._server = RunningServer(Path(folder) / "data")
            self._stack.callback(self._server.stop)
            self._since = time.monotonic()
            send(self._server.wait(), shop())
        return self._server

    def close(self):
        """Stop the server and forget its traffic."""
        self._stack.close()


@pytest.fixture(scope="session")
def shops():
    """The servers that `console` gives, one after the other."""
    made = Shops()
    yield made
    made.close()


@pytest.fixture
def console(shops):
    """A server with the shop's traffic, shared by tests that only look."""
    return shops.fresh()


@pytest.fixture
def open_page(browser):
    """Open a page of the console: `open_page(server, "#/traces", width=, theme=)`.

    Any error of the page's own scripts fails the test.
    """
    contexts, errors = [], []

    def open_(server, path="", *, width=1440, height=900, theme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: _note(line, errors))
        page.goto(f"{server.url}/{path}")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


def _note(line, errors):
    if line.type == "error" and not line.text.startswith(HARMLESS):
        errors.append(line.text)
