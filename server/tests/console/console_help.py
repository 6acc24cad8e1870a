"""What the console's tests and its screenshots share: traffic, and the browser."""

import json
import os
import secrets
import shutil
import time
from itertools import islice

import pytest
from playwright.sync_api import expect

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


PAGES = {
    "map": "#/service-map?timeRange=PT30M",
    "map-node": "#/service-map?timeRange=PT30M&compare=1"
    "&node=payments%7CAWS%3A%3AEKS%3A%3AContainer%7C",
    "map-table": "#/service-map?timeRange=PT30M&view=table&size=traffic&labels=icons",
    "map-edge": "#/service-map?timeRange=PT30M&size=health&rt=0.5~5"
    "&edge=orders%7CAWS%3A%3AECS%3A%3AFargate%7C%E2%86%92"
    "payments%7CAWS%3A%3AEKS%3A%3AContainer%7C",
    "map-replay": "#/service-map?timeRange=PT30M&replay=19&find=fault",
    "traces": "#/traces?timeRange=PT30M",
    "traces-error": "#/traces?timeRange=PT30M&filter=responsetme%20%3E%201",
    "traces-none": "#/traces?timeRange=PT30M&filter=http.status%20%3D%20999",
    "trace": "#/traces/{trace}",
    "trace-details": "#/traces/{trace}?span={span}&tab=exceptions",
    "trace-linked": "#/traces/{linked}",
    "trace-raw": "#/traces/{trace}/raw",
    "analytics": "#/analytics?timeRange=PT30M&a=responseTime%3A0.8~10",
    "analytics-compare": "#/analytics?timeRange=PT30M&compare=1&a=status%3A201"
    "&b=status%3A201%0A!annotation.card_network%3Anorthbank&by=annotation.tier",
    "insights": "#/insights?timeRange=PT30M",
    "sampling": "#/sampling",
    "groups": "#/groups",
    "encryption": "#/encryption",
    "keys": "#/keys",
    "usage": "#/usage",
    "health": "#/health",
    "connect": "#/getting-started",
}
"""Every page of the console in the states worth looking at."""


def fill_in(server, link):
    """Return a link with a trace that shows something put into it."""
    if "{linked}" in link:
        return link.format(linked=slowest(server, 'service("order-worker")'))
    if "{" not in link:
        return link
    trace = slowest(server, 'service("payments") { fault }')
    _, _, body = server.post("/Traces", {"TraceIds": [trace]})
    documents = [json.loads(s["Document"]) for s in body["Traces"][0]["Segments"]]
    return link.format(trace=trace, span=_first_with_a_cause(documents))


def slowest(server, expression):
    """Return the id of the slowest trace of the last half hour that matches."""
    now = time.time()
    asked = {"StartTime": now - 1800, "EndTime": now, "FilterExpression": expression}
    _, _, found = server.post("/TraceSummaries", asked)
    return max(found["TraceSummaries"], key=lambda t: t["ResponseTime"] or 0)["Id"]


def tab_to(page, locator, most=120):
    """Press Tab until an element has the focus, as a person without a mouse does."""
    expect(locator).to_be_visible()
    for _ in range(most):
        if locator.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {locator}")


def _first_with_a_cause(documents):
    for document in documents:
        if document.get("cause"):
            return document["id"]
        found = _first_with_a_cause(document.get("subsegments", []))
        if found:
            return found
    return ""


def settled(page):
    """Wait until the page has loaded what it shows."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".loading, [aria-busy=true]")).to_have_count(0)
