"""First use: instructions, sample traffic, and the page that turns by itself."""

import json
import re
import time

import pytest
from console_help import new_trace_id
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_empty_console_leads_to_the_instructions(start_server, open_page):
    server = start_server()
    page = open_page(server)
    expect(page).to_have_url(re.compile("#/getting-started"))
    expect(
        page.get_by_text(f"AWS_XRAY_DAEMON_ADDRESS={server.address}")
    ).to_be_visible()
    for client in (
        "Node.js",
        "OpenTelemetry",
        "X-Ray daemon",
        "AWS CLI, boto3",
        "curl",
    ):
        page.get_by_role("tab", name=client).click()
        expect(page.get_by_role("tabpanel")).to_contain_text(server.address)


def test_the_page_turns_by_itself_with_the_first_trace(start_server, open_page):
    server = start_server()
    page = open_page(server, "#/getting-started")
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()
    server.put([
        json.dumps({
            "trace_id": new_trace_id(), "id": "1" * 16, "name": "hello",
            "start_time": time.time() - 0.2, "end_time": time.time(),
        })
    ])  # fmt: skip
    expect(page).to_have_url(re.compile("#/service-map"), timeout=15_000)
    expect(
        page.get_by_role("button", name=re.compile("^hello, service"))
    ).to_be_visible()


def test_sample_traces_fill_the_map(start_server, open_page):
    page = open_page(start_server(), "#/getting-started")
    page.get_by_role("button", name="Send sample traces").click()
    expect(page).to_have_url(re.compile("#/service-map"))
    expect(page.get_by_role("button", name=re.compile("^payments, "))).to_be_visible(
        timeout=15_000
    )
