"""Deep links: X-Ray's own forms, ours, Back, and the keyboard's sheet."""

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def trace_id(console):
    now = time.time()
    _, _, page = console.post(
        "/TraceSummaries",
        {"StartTime": now - 1800, "EndTime": now, "FilterExpression": "fault"},
    )
    return page["TraceSummaries"][0]["Id"]


def test_x_rays_links_to_a_trace_are_understood(console, open_page, trace_id):
    w3c = trace_id.removeprefix("1-").replace("-", "")
    for link in (
        f"#/traces/{trace_id}",
        f"#/traces/{w3c}",
        f"xray/home?region=us-west-2#/traces/{trace_id}",
        f"cloudwatch/home?region=us-west-2#xray:traces/{trace_id}",
        f"cloudwatch/home?region=us-west-2#servicelens:traces/{trace_id}",
    ):
        page = open_page(console, link)
        expect(page.locator(".trace-head code")).to_have_text(trace_id)
    page = open_page(console, f"xray/home#/traces/{trace_id}/raw")
    expect(page.get_by_role("region", name="Raw data")).to_be_visible()


def test_x_rays_links_to_lists_are_understood(console, open_page):
    page = open_page(
        console,
        "xray/home?region=eu-central-1#/traces?filter=service(%22payments%22)"
        "%20%7B%20fault%20%7D&timeRange=PT15M",
    )
    expect(page.get_by_role("textbox", name=re.compile("Filter"))).to_have_text(
        'service("payments") { fault }'
    )
    expect(page.get_by_role("button", name="Last 15 minutes")).to_be_visible()
    page = open_page(console, "cloudwatch/home?region=eu-west-1#xray:traces/query")
    expect(page.get_by_role("button", name="Run query")).to_be_visible()
    page = open_page(console, "cloudwatch/home#xray:service-map/map")
    expect(page.locator(".map-view .node").first).to_be_visible()
    page = open_page(
        console, "#/service-map?timeRange=2018-9-01T16:00~2018-9-01T17:00&group=Default"
    )
    expect(
        page.get_by_role("heading", name="No services in this period")
    ).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("2018.*2018"))).to_be_visible()
    page.get_by_role("button", name="Go to it").click()
    expect(page.locator(".map-view .node").first).to_be_visible()


def test_back_works_through_every_kind_of_change(console, open_page):
    page = open_page(console, "#/service-map?timeRange=PT30M")
    page.get_by_role("button", name=re.compile("^payments, ")).click()
    page.get_by_role("button", name="Last 30 minutes").click()
    page.get_by_role("button", name="1 hour").click()
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Retrieved traces")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Last hour")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Last 30 minutes")).to_be_visible()
    expect(
        page.get_by_role("complementary", name="Details of payments")
    ).to_be_visible()
    page.go_back()
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_a_page_gone_to_at_once_has_the_period_just_chosen(console, open_page):
    """Before the browser tells of the first change there is a second."""
    page = open_page(console, "#/service-map?timeRange=PT30M")
    page.get_by_role("button", name="Last 30 minutes").click()
    page.get_by_role("button", name="1 hour").evaluate(
        """button => {
            button.click();
            for (const key of "ga")
                document.body.dispatchEvent(
                    new KeyboardEvent("keydown", {key, bubbles: true}));
        }"""
    )
    expect(page).to_have_url(re.compile("analytics.*timeRange=PT1H"))


def test_the_sheet_lists_the_keys_of_the_page(console, open_page):
    page = open_page(console, "#/service-map?timeRange=PT30M")
    expect(page.locator(".map-view .node").first).to_be_visible()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard")
    for text in ("Go to Traces", "Replay the period", "Show these keys"):
        expect(sheet).to_contain_text(text)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_the_sheet_of_a_trace_has_the_timelines_keys(console, open_page, trace_id):
    page = open_page(console, f"#/traces/{trace_id}")
    expect(page.get_by_role("treegrid")).to_be_visible()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    sheet = page.get_by_role("dialog", name="Keyboard")
    for place in ("On this page", "In the timeline", "Window of time", "Everywhere"):
        expect(sheet.get_by_role("heading", name=place)).to_be_visible()
    expect(sheet).to_contain_text("Open, then to its first child")
    sheet.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_be_focused()


def test_the_theme_is_chosen_and_kept(console, open_page):
    page = open_page(console, "#/health", theme="dark")
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="High contrast").click()
    page.reload()
    expect(html).to_have_attribute("data-theme", "contrast")


def test_an_unknown_page_says_so(console, open_page):
    page = open_page(console, "#/nonsense")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()
