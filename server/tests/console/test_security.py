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

SQL_MEMBERS = (
    *("sanitized_query", "url", "connection_string", "database_type"),
    *("database_version", "driver_version", "user", "preparation"),
)

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
    "#/traces/{id}?span=3000000000000002&tab=resources",
    "#/traces/{id}?rows=service",
    "#/traces/{linked}",
    "#/service-map?timeRange=PT5M",
    "#/analytics?timeRange=PT5M&compare=1&by=url",
    "#/analytics?timeRange=PT5M&by=node&a=!user%3A{polyglot}",
    "#/groups",
    "#/sampling",
    "#/traces?filter={polyglot}",
    "#/traces/{polyglot}",
    "#/service-map?search={polyglot}&find={polyglot}&group={polyglot}&node={polyglot}",
    "#/{polyglot}",
)


SHOWING = ("#/traces/{id}", "#/traces/{linked}", "#/analytics", "#/traces?time")
"""Pages that would be no test if they did not show the text."""


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
        "metadata": {POLYGLOT: {POLYGLOT: [POLYGLOT, {POLYGLOT: POLYGLOT}]}},
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
            "account_id": POLYGLOT,
            "ec2": {"instance_id": NAME, "availability_zone": NAME},
            "ecs": {"container": POLYGLOT},
            "elastic_beanstalk": {"environment_name": POLYGLOT},
            "xray": {"sdk": POLYGLOT, "sdk_version": POLYGLOT},
        },
        "service": {"version": POLYGLOT, "compiler_version": POLYGLOT},
        "sql": dict.fromkeys(SQL_MEMBERS, POLYGLOT),
        "cause": {
            "working_directory": POLYGLOT,
            "paths": [POLYGLOT],
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
            },
            {
                "id": "3000000000000003",
                "name": "DynamoDB",
                "namespace": "aws",
                "start_time": now,
                "end_time": now + 1,
                "aws": {
                    "operation": POLYGLOT,
                    "table_name": POLYGLOT,
                    "request_id": POLYGLOT,
                    "region": POLYGLOT,
                    "resource_names": [POLYGLOT],
                },
            },
        ],
    }


def linking(trace_id, to):
    """Return a trace that links to another in words of its own."""
    return document(trace_id) | {
        "id": "3000000000000009",
        "subsegments": [],
        "links": [
            {
                "trace_id": to,
                "id": "3000000000000001",
                "attributes": {POLYGLOT: {POLYGLOT: POLYGLOT}},
            }
        ],
    }


def configure(server):
    """Put the text into what is configured, as far as the server takes it."""
    members = ("ServiceName", "ServiceType", "Host")
    for path, request in {
        "/CreateGroup": {
            "GroupName": "poly",
            "FilterExpression": f"http.url = {json.dumps(POLYGLOT)}",
        },
        "/CreateSamplingRule": {
            "SamplingRule": {
                "RuleName": NAME,
                "Priority": 1,
                "Version": 1,
                "FixedRate": 1,
                "ReservoirSize": 1,
                "HTTPMethod": "<b>GET",
                "ResourceARN": POLYGLOT,
                "URLPath": POLYGLOT[:128],
                **dict.fromkeys(members, NAME),
                "Attributes": {NAME: NAME},
            }
        },
    }.items():
        status, _, body = server.post(path, request)
        assert status == 200, body


def test_polyglots_in_every_field_run_nothing(start_server, open_page):
    server = start_server()
    trace_id = new_trace_id()
    linked = new_trace_id()
    documents = [document(trace_id), linking(linked, trace_id)]
    send(server, [json.dumps(one) for one in documents])
    configure(server)
    page = open_page(server)
    page.evaluate("() => { window.ran = () => { window.hasRun = true; }; }")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    quoted = page.evaluate("encodeURIComponent", POLYGLOT)
    node = page.evaluate("encodeURIComponent", f"{ALLOWED_IN_NAMES}|{POLYGLOT[:200]}|")
    for path in PAGES:
        link = path.format(id=trace_id, linked=linked, polyglot=quoted, node=node)
        page.evaluate("link => { location.hash = link; }", link)
        expect(page.locator(".loading")).to_have_count(0)
        if path.startswith(SHOWING):
            expect(page.get_by_role("main")).to_contain_text("onerror=ran()")
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
    served = page.request.get(f"{console.url}/").headers["content-security-policy"]
    assert served == policy
    refused = page.evaluate("""() => new Promise((resolve) => setTimeout(() => {
      const found = [];
      const tries = {
        html: () => { document.createElement("p").innerHTML = "<b>x</b>"; },
        eval: () => { (0, eval)("1"); },
        script: () => { document.createElement("script").src = "/x.js"; },
        policy: () => { trustedTypes.createPolicy("own", {createHTML: (x) => x}); },
      };
      for (const [name, run] of Object.entries(tries)) {
        try { run(); } catch { found.push(name); }
      }
      resolve(found);
    }))""")
    page.close()
    assert refused == ["html", "eval", "script", "policy"]


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
