"""One trace: the timeline as a tree, and everything in the details."""

import json
import re
import time

import pytest
from console_help import new_trace_id, send
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
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
    expect(page.get_by_text("Linked with another trace")).to_be_visible()


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


def test_the_window_is_set_on_the_minimap(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    strip = page.get_by_role("application", name=re.compile("Window of the timeline"))
    strip.focus()
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)


def test_raw_data_is_the_documents(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    page.get_by_role("link", name="Raw data").click()
    expect(page).to_have_url(re.compile("/raw$"))
    expect(page.get_by_role("region", name="Raw data")).to_contain_text(
        '"CheckoutFailed"'
    )


def test_blocks_by_service_stand_as_x_ray_draws_them(console, open_page, made):
    page = open_page(console, f"#/traces/{made}")
    page.get_by_role("button", name="By service").click()
    expect(row(page, "bookshop").first).to_have_attribute("aria-level", "1")
    expect(row(page, "bookshop").last).to_have_attribute("aria-level", "2")


def test_an_unknown_trace_says_what_may_be_the_reason(console, open_page):
    page = open_page(console, f"#/traces/{new_trace_id()}")
    expect(page.get_by_role("heading", name="No trace with this id")).to_be_visible()
    expect(page.get_by_role("link", name="sampling rules")).to_be_visible()
