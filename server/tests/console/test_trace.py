"""One trace: the timeline as a tree, and everything in the details."""

import json
import re
import time
from pathlib import Path

import pytest
from console_help import PAGES, fill_in, new_trace_id, send, settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def made(console):
    """A trace with an exception's chain, SQL, an unfinished part and a lost parent."""
    trace_id, now = new_trace_id(), time.time() - 30
    segment = {
        "trace_id": trace_id,
        "id": "1000000000000001",
        "name": "bookshop",
        "origin": "AWS::ECS::Container",
        "start_time": now,
        "end_time": now + 2,
        "fault": True,
        "user": "ada",
        "annotations": {"tier": "gold", "items": 3, "gift": True},
        "metadata": {"default": {"basket": {"books": ["a", "b"]}}},
        "http": {
            "request": {"method": "POST", "url": "https://books.example/buy"},
            "response": {"status": 500},
        },
        "links": [
            {
                "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
                "id": "53995c3f42cd8ad8",
            }
        ],
        "cause": {
            "exceptions": [
                {
                    "id": "2000000000000001",
                    "type": "CheckoutFailed",
                    "message": "could not pay",
                    "cause": "2000000000000002",
                    "stack": [{"path": "shop.py", "line": 12, "label": "buy"}],
                }
            ]
        },
        "subsegments": [
            {
                "id": "1000000000000002",
                "name": "books@db.internal",
                "namespace": "remote",
                "start_time": now + 0.1,
                "end_time": now + 0.4,
                "sql": {
                    "sanitized_query": "SELECT title FROM book WHERE id = ?",
                    "database_type": "PostgreSQL",
                },
            },
            {
                "id": "1000000000000003",
                "name": "pay",
                "start_time": now + 0.5,
                "end_time": now + 1.9,
                "fault": True,
                "cause": {
                    "exceptions": [
                        {
                            "id": "2000000000000002",
                            "type": "CardRefused",
                            "message": "no cover",
                        }
                    ]
                },
            },
        ],
    }
    orphan = {
        "trace_id": trace_id,
        "id": "1000000000000004",
        "name": "mailer",
        "parent_id": "9999999999999999",
        "start_time": now + 1,
        "end_time": now + 1.2,
    }
    pending = {
        "trace_id": trace_id,
        "id": "1000000000000005",
        "name": "parcel",
        "parent_id": "1000000000000003",
        "start_time": now + 1.5,
        "in_progress": True,
    }
    send(console, [json.dumps(d) for d in (segment, orphan, pending)])
    return trace_id


def row(page, name):
    return page.get_by_role("row", name=re.compile(rf"^{re.escape(name)}"))


def test_the_tree_is_walked_as_a_treegrid(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    top = row(page, "bookshop")
    expect(top).to_have_attribute("aria-level", "1")
    top.focus()
    page.keyboard.press("ArrowLeft")
    expect(top).to_have_attribute("aria-expanded", "false")
    expect(row(page, "pay")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(row(page, "books@db.internal")).to_be_focused()
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("complementary", name="Details of books@db")
    ).to_be_visible()
    page.get_by_role("tab", name="SQL").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("SELECT title FROM book")


def test_what_is_missing_or_unfinished_is_said(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    expect(row(page, "mailer")).to_contain_text("parent missing")
    expect(row(page, "parcel")).to_contain_text("Pending")
    expect(row(page, "parcel")).to_have_attribute("aria-level", "3")
    expect(page.get_by_text("1 document names a parent")).to_be_visible()
    expect(page.get_by_text("1 in progress")).to_be_visible()


def test_the_details_have_x_rays_tabs(console, open_page, made):
    page = open_page(console, f"#/traces/{made}?span=1000000000000001")
    panel = page.get_by_role("tabpanel")
    expect(panel).to_contain_text("https://books.example/buy")
    for tab, text in (
        ("Resources", "no resource"),
        ("Annotations (3)", "gold"),
        ("Metadata (1)", '"books"'),
        ("Exceptions (1)", "CheckoutFailed"),
        ("Raw", '"trace_id"'),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(panel).to_contain_text(text)
    page.get_by_role("tab", name="Exceptions (1)").click()
    expect(page.get_by_role("list", name="Caused by")).to_contain_text("CardRefused")
    page.get_by_role("list", name="Caused by").get_by_role("button", name="pay").click()
    expect(page.get_by_role("complementary", name="Details of pay")).to_be_visible()
    page.go_back()
    expect(
        page.get_by_role("complementary", name="Details of bookshop")
    ).to_be_visible()


def test_a_chain_of_causes_leads_into_other_segments(console, open_page):
    trace_id, now = new_trace_id(), time.time() - 30

    def failed(entity, exception, parent="", cause=""):
        thrown = {"id": exception, "type": f"E{exception[-1]}", "message": "broken"}
        return {
            "trace_id": trace_id,
            "id": entity,
            "name": f"service-{entity[-1]}",
            "start_time": now,
            "end_time": now + 1,
            "fault": True,
            **({"parent_id": parent} if parent else {}),
            "cause": {"exceptions": [thrown | ({"cause": cause} if cause else {})]},
        }

    first, second, third = (f"700000000000000{n}" for n in (1, 2, 3))
    refers = failed(third, "x") | {"cause": "800000000000000c", "parent_id": second}
    documents = [
        failed(first, "800000000000000a", cause="800000000000000b"),
        failed(second, "800000000000000b", first, cause="800000000000000c"),
        failed("7000000000000004", "800000000000000c", second),
        refers,
    ]
    send(console, [json.dumps(document) for document in documents])
    page = open_page(console, f"#/traces/{trace_id}?span={first}&tab=exceptions")
    causes = page.get_by_role("list", name="Caused by").get_by_role("listitem")
    expect(causes).to_have_text([re.compile("Eb: broken in"), re.compile("Ec: broken")])
    causes.last.get_by_role("button", name="service-4").click()
    detail = page.get_by_role("complementary", name="Details of service-4")
    expect(detail.get_by_role("tabpanel")).to_contain_text("Ec")
    row(page, "service-3").click()
    detail = page.get_by_role("complementary", name="Details of service-3")
    expect(detail).to_contain_text("Recorded in service-4")


def test_search_within_the_trace(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    expect(page.get_by_role("treegrid")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("no cover")
    expect(page.get_by_text("1 found")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Details of pay")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Critical path").click()
    expect(row(page, "mailer")).to_have_count(0)


def test_matches_are_counted_and_stepped_through(console, open_page, made):
    page = open_page(console, f"#/traces/{made}?q=100000000000000")
    count = page.get_by_role("toolbar").get_by_role("status")
    expect(count).to_have_text("5 found")
    page.keyboard.press("n")
    expect(count).to_have_text("1 of 5 found")
    page.keyboard.press("N")
    expect(count).to_have_text("5 of 5 found")
    page.get_by_role("button", name="Next match").click()
    expect(count).to_have_text("1 of 5 found")
    expect(
        page.get_by_role("complementary", name="Details of bookshop")
    ).to_be_visible()


def test_a_match_is_shown_though_it_was_left_out_or_closed(console, open_page, made):
    link = f"#/traces/{made}?q=select%20title"
    for state in ("&show=errors", "&rows=service"):
        page = open_page(console, link + state)
        expect(row(page, "bookshop").first).to_be_visible()
        page.keyboard.press("]")
        expect(row(page, "books@db.internal")).to_have_count(0)
        page.keyboard.press("n")
        expect(row(page, "books@db.internal")).to_be_visible()
        expect(row(page, "books@db.internal")).to_have_attribute(
            "aria-selected", "true"
        )


def test_the_window_is_set_on_the_minimap(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    strip = page.get_by_role("application", name=re.compile("Window of the timeline"))
    strip.focus()
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)


def test_the_window_is_moved_by_keys_from_anywhere(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    strip = page.get_by_role("application", name=re.compile("Window of the timeline"))
    expect(strip).to_have_accessible_name(re.compile("0 ms to 2 s"))
    page.keyboard.press("+")
    expect(strip).to_have_accessible_name(re.compile("500 ms to 1.5 s"))
    page.keyboard.press("d")
    expect(strip).to_have_accessible_name(re.compile("700 ms to 1.7 s"))
    page.keyboard.press("a")
    page.keyboard.press("0")
    expect(strip).to_have_accessible_name(re.compile("0 ms to 2 s"))


def linked_pair(server):
    """Send an order, and a worker of it that links to it and to one not stored."""
    order, worker, now = new_trace_id(), new_trace_id(), time.time() - 40
    times = {"start_time": now, "end_time": now + 0.3}
    asked = {"method": "POST", "url": "https://books.example/order"}
    receive = {
        "id": "6000000000000002",
        "name": "receive",
        "start_time": now + 2,
        "end_time": now + 2.5,
        "links": [
            {
                "trace_id": order,
                "id": "6000000000000001",
                "attributes": {"messaging.system": "aws_sqs"},
            },
            {"trace_id": new_trace_id(), "id": "6000000000000009"},
        ],
    }
    documents = [
        {
            "trace_id": order,
            "id": "6000000000000001",
            "name": "till",
            **times,
            "http": {"request": asked, "response": {"status": 202}},
        },
        {
            "trace_id": worker,
            "id": "6000000000000003",
            "name": "packer",
            "start_time": now + 2,
            "end_time": now + 3,
            "fault": True,
            "subsegments": [receive],
        },
    ]
    send(server, [json.dumps(document) for document in documents])
    return order, worker


def test_linked_traces_say_what_they_are_in_both_directions(console, open_page):
    order, worker = linked_pair(console)
    page = open_page(console, f"#/traces/{worker}")
    linked = page.locator("details.linked")
    expect(linked.get_by_role("listitem")).to_have_count(2)
    there = linked.get_by_role("listitem").filter(has_text="books.example")
    for text in ("Links to", "POST", "messaging.system = aws_sqs", "202", "300 ms"):
        expect(there).to_contain_text(text)
    expect(there).to_contain_text("2 s earlier")
    expect(there.get_by_role("img", name="1 segment: till")).to_be_visible()
    expect(linked).to_contain_text("not stored here")
    there.get_by_role("button", name="receive").click()
    detail = page.get_by_role("complementary", name="Details of receive")
    expect(detail.get_by_role("listitem")).to_have_count(2)
    there.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{order}.*span=6000000000000001"))
    back = linked.get_by_role("listitem")
    expect(back).to_have_count(1)
    for text in ("Linked from", "packer", "Fault", "2 s later"):
        expect(back).to_contain_text(text)
    back.get_by_role("link", name="packer").click()
    expect(page).to_have_url(re.compile(f"{worker}.*span=6000000000000002"))
    page.go_back()
    expect(page.get_by_role("complementary", name="Details of till")).to_be_visible()


def test_what_an_address_names_is_in_sight(console, open_page):
    page = open_page(console, fill_in(console, PAGES["trace-details"]), height=700)
    settled(page)
    expect(page.locator(".trace-map .node").first).to_be_visible()
    expect(page.locator(".timeline .row.chosen")).to_be_in_viewport(ratio=1)


def test_raw_data_is_the_documents(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    page.get_by_role("link", name="Raw data").click()
    expect(page).to_have_url(re.compile("/raw$"))
    expect(page.get_by_role("region", name="Raw data")).to_contain_text(
        '"CheckoutFailed"'
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"{made}.json"
    saved = json.loads(Path(download.value.path()).read_text())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("region", name="Raw data").get_by_role(
        "button", name="Copy"
    ).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == saved
    ids = [segment["Document"]["id"] for segment in saved["Segments"]]
    assert {"1000000000000001", "1000000000000005"} <= set(ids)


def test_blocks_by_service_stand_as_x_ray_draws_them(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    page.get_by_role("button", name="By service").click()
    expect(row(page, "bookshop").first).to_have_attribute("aria-level", "1")
    expect(row(page, "bookshop").last).to_have_attribute("aria-level", "2")


def test_an_unknown_trace_says_what_may_be_the_reason(console, open_page):
    page = open_page(console, f"#/traces/{new_trace_id()}")
    expect(page.get_by_role("heading", name="No trace with this id")).to_be_visible()
    expect(page.get_by_role("link", name="sampling rules")).to_be_visible()
