"""Traces: ask, narrow down, open; and the trace that was sought."""

import json
import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TRACES = "#/traces?timeRange=PT30M"


def editor(page):
    return page.get_by_role("textbox", name="Filter expression or trace id")


def offers(page):
    return page.get_by_role("listbox", name="Completions").get_by_role("option")


def by_response_time(page):
    header = page.get_by_role("columnheader", name=re.compile("^Response time"))
    return header.get_by_role("button")


def rows(page):
    return page.get_by_role("grid", name="Traces").locator("[data-row]")


def test_the_slowest_faulty_trace_and_its_exception_by_mouse(console, open_page):
    page = open_page(console, TRACES)
    editor(page).click()
    page.keyboard.type('service("payments") { fault }')
    page.get_by_role("button", name="Run query").click()
    expect(page.get_by_role("status").first).to_contain_text(
        re.compile(r"^\d+ matching of \d{3} scanned")
    )
    by_response_time(page).click()
    times = rows(page).locator(".time > span:last-child").all_text_contents()
    seconds = [float(t.split()[0]) / (1000 if "ms" in t else 1) for t in times]
    assert seconds == sorted(seconds, reverse=True)
    rows(page).first.get_by_role("link").click()
    page.get_by_role("button", name="Errors only").click()
    page.locator(".timeline [data-row].fault").last.click()
    page.get_by_role("tab", name=re.compile("Exceptions")).click()
    expect(page.get_by_role("tabpanel").last).to_contain_text(re.compile("Timeout|Err"))
    expect(page.get_by_role("list", name="Stack")).to_be_visible()


def test_the_slowest_faulty_trace_and_its_exception_by_keyboard(console, open_page):
    page = open_page(console, "#/service-map?timeRange=PT30M")
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator(".filter-editor [data-search]")).to_be_visible()
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type('service("payments") { fault }')
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("filter=service"))
    by_response_time(page).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sort=time.down"))
    expect(page.locator("[aria-sort=descending]")).to_have_text("Response time ↓")
    page.keyboard.press("k")
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/traces/1-"))
    expect(page.get_by_role("treegrid")).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.press("w")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Overview").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("list", name="Stack")).to_be_visible()


def test_an_error_is_shown_where_it_is_with_a_correction(console, open_page):
    page = open_page(console, TRACES)
    editor(page).click()
    page.keyboard.type("responsetme > 1")
    expect(page.locator(".filter-editor .problem")).to_contain_text("responsetime")
    expect(page.locator(".cm-lintRange-error")).to_have_text("responsetme")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The expression cannot be read")).to_be_visible()
    page.get_by_role("button", name="Look at examples").click()
    page.get_by_role("button", name=re.compile("^Failed requests")).click()
    expect(editor(page)).to_have_text("fault")
    expect(rows(page).first).to_be_visible()


def test_completion_offers_what_was_observed(console, open_page):
    page = open_page(console, TRACES)
    editor(page).click()
    page.keyboard.type("annotation.card_ne")
    option = offers(page)
    expect(option.first).to_contain_text("card_network")
    page.keyboard.press("Tab")
    expect(editor(page)).to_have_text(re.compile(r"annotation\.card_network"))
    page.keyboard.press("End")
    page.keyboard.type(" = ")
    expect(option.filter(has_text="mastra").first).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "back", "offered", "made"),
    [
        ('service("paym', 0, '"payments"', 'service("payments")'),
        ("annotation[card_ne", 0, "card_network", "annotation[card_network]"),
        (
            'service() { annotation.card_network = "mast',
            0,
            "mastra",
            'service() { annotation.card_network = "mastra"}',
        ),
        ('user = "😀" AND faul', 0, "fault", 'user = "😀" AND fault'),
        ("faulty = true", 8, "fault", "fault = true"),
    ],
)
def test_an_offer_is_taken_beside_what_closes_by_itself(
    console, open_page, typed, back, offered, made
):
    """Brackets and quotes close as a person types, and an offer keeps them in pairs."""
    page = open_page(console, TRACES)
    editor(page).click()
    page.keyboard.type(typed)
    for _ in range(back):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+Space")
    option = offers(page)
    expect(option.first).to_contain_text(offered)
    page.keyboard.press("Tab")
    expect(editor(page)).to_have_text(made)


def test_an_error_behind_an_emoji_is_underlined_where_it_is(console, open_page):
    page = open_page(console, TRACES)
    editor(page).click()
    page.keyboard.type('user = "😀😀" AND falt')
    expect(page.locator(".cm-lintRange-error")).to_have_text("falt")


def test_group_by_and_refiners_narrow_the_query(console, open_page):
    page = open_page(console, TRACES)
    page.get_by_role("combobox", name="Group by").select_option("status")
    overview = page.get_by_role("region", name="Traces by Status code")
    for heading in ("Average", "Traces", "Share", "Status"):
        header = overview.get_by_role("columnheader", name=heading, exact=True)
        expect(header).to_be_in_viewport()
    overview.get_by_role("button", name="201").click()
    expect(editor(page)).to_have_text("http.status = 201")
    refine = page.get_by_role("complementary", name="Refine query by")
    refine.get_by_role("button", name="annotation.card_network").click()
    refine.get_by_role("checkbox").last.check()
    refine.get_by_role("button", name="Leave out").click()
    expect(editor(page)).to_have_text(
        re.compile(r'^http\.status = 201 AND !\(annotation\.card_network = "\w+"\)$')
    )
    page.go_back()
    expect(editor(page)).to_have_text("http.status = 201")


def test_a_box_on_the_heatmap_by_keyboard(console, open_page):
    page = open_page(console, TRACES)
    page.get_by_role("application", name=re.compile("Heatmap")).focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(7):
        page.keyboard.press("Shift+ArrowUp")
    expect(
        page.get_by_role("heading", name=re.compile("traces in the box"))
    ).to_be_visible()
    expect(page.get_by_role("link", name="What sets them apart?")).to_be_visible()
    page.reload()
    expect(
        page.get_by_role("heading", name=re.compile("traces in the box"))
    ).to_be_visible()


def test_a_pasted_id_opens_its_trace(console, open_page):
    page = open_page(console, TRACES)
    trace_id = rows(page).first.get_by_role("link").text_content()
    page.get_by_role("main").evaluate(
        """(element, text) => {
          const data = new DataTransfer();
          data.setData("text", text);
          document.body.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        }""",
        trace_id.removeprefix("1-").replace("-", ""),
    )
    expect(page).to_have_url(re.compile(trace_id))
    page.go_back()
    editor(page).click()
    page.keyboard.type(trace_id)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"#/traces/{trace_id}"))


def test_back_leads_to_the_row_that_was_opened(console, open_page):
    page = open_page(console, f"{TRACES}&sort=time.down")
    expect(page.locator(".progress .done")).to_be_visible()
    focused = page.locator(":focus")
    for key, row in (("j", "1"), ("PageDown", "21"), ("PageDown", "41")):
        page.keyboard.press(key)
        expect(focused).to_have_attribute("data-row", row)
    trace_id = focused.get_by_role("link").text_content()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"#/traces/{trace_id}"))
    expect(page.get_by_role("treegrid")).to_be_visible()
    page.go_back()
    row = page.locator(".trace-list [aria-current]")
    expect(row).to_contain_text(trace_id)
    expect(row).to_be_in_viewport()
    page.keyboard.press("j")
    expect(focused).to_have_attribute("data-row", "42")


def test_an_offer_is_taken_that_is_still_to_come(console, open_page):
    """Tab leaves the field only where nothing is offered."""
    page = open_page(console, TRACES)
    editor(page).click()
    page.keyboard.type("annotation.card_n")
    option = offers(page)
    expect(option.first).to_contain_text("card_network")
    held = []

    def hold(route):
        held.append(route)

    page.route("**/api/filters/complete", hold)
    page.keyboard.type("e")
    page.keyboard.press("Tab")
    expect(editor(page)).to_have_text("annotation.card_ne")
    expect(editor(page)).to_be_focused()
    while not held:
        page.wait_for_timeout(20)
    for route in held:
        route.continue_()
    expect(editor(page)).to_have_text("annotation.card_network")


def test_live_tail_shows_what_arrives_and_holds_still(start_server, open_page):
    server = start_server()
    page = open_page(server, "#/traces?live=1&filter=http.status%20%3D%20418")
    expect(page.get_by_text("LIVE", exact=True)).to_be_visible()
    server.put([teapot(1, 418), teapot(2, 200)])
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Hold").click()
    server.put([teapot(3, 418)])
    expect(page.get_by_role("button", name="Go on (1 waiting)")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Go on").click()
    expect(rows(page)).to_have_count(2)


def teapot(number, status):
    now = time.time()
    return json.dumps(
        {
            "trace_id": f"1-{int(now):08x}-{number:024x}",
            "id": f"{number:016x}",
            "name": "teapot",
            "start_time": now - 0.2,
            "end_time": now,
            "http": {"request": {"method": "BREW"}, "response": {"status": status}},
        }
    )


def test_live_tail_says_why_it_ended(console, open_page):
    page = open_page(console, TRACES)
    said = 'event: failed\ndata: {"Message": "The store does not answer"}\n\n'
    page.route(
        "**/api/tail*",
        lambda route: route.fulfill(content_type="text/event-stream", body=said),
    )
    page.evaluate("location.hash = '#/traces?live=1'")
    expect(page.get_by_text("The store does not answer, trying again")).to_be_visible()


def test_no_result_says_why_and_offers_the_way_out(console, open_page):
    page = open_page(console, f"{TRACES}&filter=http.status%20%3D%20999")
    expect(page.get_by_role("heading", name="No traces in this period")).to_be_visible()
    page.get_by_role("button", name="Remove the expression").click()
    expect(rows(page).first).to_be_visible()


def test_the_question_can_be_copied_for_other_tools(console, open_page):
    page = open_page(console, f"{TRACES}&filter=fault")
    page.get_by_role("button", name="Copy as").click()
    for text in ("aws xray get-trace-summaries", "boto3.client", "curl -s"):
        expect(page.locator(".copy-as")).to_contain_text(text)
    expect(page.locator(".copy-as")).to_contain_text("--filter-expression 'fault'")
