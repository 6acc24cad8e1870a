"""Text from traces is only ever text: nothing in a document runs or becomes markup."""

import json
import re
import time

import pytest
from console_help import new_trace_id, send
from playwright.sync_api import expect

from fluoro.server.console import HEADERS

pytestmark = pytest.mark.browser

POLYGLOT = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */onerror=ran() )//</stYle/</titLe/"
    "</teXtarEa/</scRipt/--!>"
    "<sVg/oNloAd=ran()//><img src=x onerror=ran()>${ran()}{{ran()}}"
)
NAME = "<img src=x onerror=ran()>"
ALLOWED_IN_NAMES = "img src=x : onerror=ran & script"
"""Names may hold some signs only; all other texts may hold any."""

PAGES = (
    "#/service-map?timeRange=PT5M&view=table&node={node}",
    "#/traces?timeRange=PT5M",
    "#/analytics?timeRange=PT5M&a=url%3A{polyglot}",
    "#/traces/{id}?q=ran&span=3000000000000001",
    *(
        f"#/traces/{{id}}?span=3000000000000001&tab={tab}"
        for tab in (
            "overview",
            "resources",
            "annotations",
            "metadata",
            "exceptions",
            "sql",
            "raw",
        )
    ),
    "#/traces/{id}/raw",
    "#/groups",
    "#/sampling",
    "#/traces?filter={polyglot}",
    "#/traces/{polyglot}",
    "#/service-map?search={polyglot}&find={polyglot}&group={polyglot}&node={polyglot}",
    "#/{polyglot}",
)


def document(trace_id):
    now = time.time() - 5
    return {
        "trace_id": trace_id,
        "id": "3000000000000001",
        "name": ALLOWED_IN_NAMES,
        "start_time": now,
        "end_time": now + 1,
        "fault": True,
        "origin": POLYGLOT[:200],
        "user": POLYGLOT[:250],
        "resource_arn": POLYGLOT[:250],
        "annotations": {"key": POLYGLOT},
        "metadata": {POLYGLOT: {POLYGLOT: POLYGLOT}},
        "http": {
            "request": {
                "method": "<b>GET",
                "url": POLYGLOT[:250],
                "client_ip": NAME,
                "user_agent": POLYGLOT[:250],
            },
            "response": {"status": 500, "content_length": NAME},
        },
        "aws": {
            "operation": POLYGLOT,
            "ec2": {"instance_id": NAME, "availability_zone": NAME},
        },
        "service": {"version": POLYGLOT},
        "sql": {"sanitized_query": POLYGLOT, "url": POLYGLOT},
        "cause": {
            "working_directory": POLYGLOT,
            "exceptions": [
                {
                    "id": "4000000000000001",
                    "type": NAME,
                    "message": POLYGLOT,
                    "stack": [{"path": POLYGLOT, "line": 1, "label": NAME}],
                }
            ],
        },
        "links": [
            {
                "trace_id": trace_id,
                "id": "3000000000000001",
                "attributes": {POLYGLOT: POLYGLOT},
            }
        ],
        "subsegments": [
            {
                "id": "3000000000000002",
                "name": ALLOWED_IN_NAMES,
                "namespace": "remote",
                "start_time": now,
                "end_time": now + 1,
                "fault": True,
            }
        ],
    }


def test_polyglots_in_every_field_run_nothing(start_server, open_page):
    server = start_server()
    trace_id = new_trace_id()
    send(server, [json.dumps(document(trace_id))])
    server.post(
        "/CreateGroup",
        {
            "GroupName": "poly",
            "FilterExpression": f"http.url = {json.dumps(POLYGLOT)}",
        },
    )
    page = open_page(server)
    page.evaluate("() => { window.ran = () => { window.hasRun = true; }; }")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    quoted = page.evaluate("encodeURIComponent", POLYGLOT)
    node = page.evaluate("encodeURIComponent", f"{ALLOWED_IN_NAMES}|{POLYGLOT[:200]}|")
    for path in PAGES:
        link = path.format(id=trace_id, polyglot=quoted, node=node)
        page.evaluate("link => { location.hash = link; }", link)
        expect(page.locator(".loading")).to_have_count(0)
        page.wait_for_timeout(150)
        assert page.evaluate("window.hasRun") is None, path
        strange = page.locator(
            "img[src]:not([src='/favicon.svg']), iframe, object, embed"
        )
        assert strange.count() == 0, path
        assert page.locator("script").count() == 1, path
        assert page.locator("a[href^='javascript' i]").count() == 0, path


def test_the_policy_forbids_what_the_page_does_not_need(console, browser):
    page = browser.new_page()  # its refusals are errors on the console, and wanted
    page.goto(f"{console.url}/#/health")
    expect(page.get_by_text("Healthy")).to_be_visible()
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    refused = page.evaluate("""() => new Promise((resolve) => setTimeout(() => {
      const found = [];
      const tries = {
        html: () => { document.createElement("p").innerHTML = "<b>x</b>"; },
        eval: () => { (0, eval)("1"); },
      };
      for (const [name, run] of Object.entries(tries)) {
        try { run(); } catch { found.push(name); }
      }
      resolve(found);
    }))""")
    page.close()
    assert refused == ["html", "eval"]


def test_the_console_asks_no_other_host(console, open_page):
    page = open_page(console, "#/service-map?timeRange=PT30M")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.get_by_role("button", name=re.compile("^payments, "))).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.get_by_role("grid", name="Traces")).to_be_visible()
    assert [url for url in asked if not url.startswith((console.url, "blob:"))] == []
