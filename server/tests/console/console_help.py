"""What the console's tests and its screenshots share: traffic, and the browser."""

import json
import os
import secrets
import shutil
import time
from itertools import islice

import pytest

from fluoro.shop.load import traffic

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SEED = 7
TRACES = 240
SECONDS = 600
"""The shop's traffic ends now and began so long ago."""

BATCH = 50


def chromium():
    """Return the browser's path; fail with what to do when there is none."""
    path = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM_NAMES)), None
    )
    if path is None:
        pytest.fail(
            "The console's tests need chromium. On Debian: apt-get install chromium;"
            " elsewhere: CHROMIUM=/path/to/chrome",
            pytrace=False,
        )
    return path


def send(server, documents):
    """Send documents, 50 a call, and wait until they can be read."""
    for first in range(0, len(documents), BATCH):
        assert server.put(documents[first : first + BATCH]) == []
    server.settle()


def shop(traces=TRACES, seconds=SECONDS):
    """Return documents of the shop's last minutes."""
    made = traffic(SEED, time.time() - seconds, traces / seconds)
    return [
        json.dumps(document)
        for trace in islice(made, traces)
        for _, document in trace.sent
    ]


def new_trace_id():
    """Return an id as X-Ray's clients make them."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
