"""The service map: read it, ask it, and go on to the traces."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MAP = "#/service-map?timeRange=PT30M"
FOCUSED = "document.activeElement.dataset.key ?? ''"


def node(page, name, kind="AWS"):
    return page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}, {kind}"))


def test_from_a_node_to_its_slow_faults_by_mouse(console, open_page):
    page = open_page(console, MAP)
    node(page, "payments").click()
    panel = page.get_by_role("complementary", name="Details of payments")
    plot = panel.get_by_role("img", name=re.compile("^Response time distribution"))
    box = plot.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, middle, steps=4)
    page.mouse.up()
    panel.get_by_role("checkbox", name=re.compile("Error")).check()
    panel.get_by_role("checkbox", name=re.compile("OK")).check()
    panel.get_by_role("link", name="View traces").click()
    expect(page).to_have_url(re.compile(r"#/traces\?.*timeRange=2"))
    expect(page.get_by_role("textbox", name=re.compile("Filter expr"))).to_have_text(
        re.compile(
            r'service\(id\(name: "payments".*\{ \((ok OR error|error OR ok)\)'
            r" AND responsetime >= [\d.]+ AND responsetime <= [\d.]+ \}"
        )
    )
    expect(page.get_by_role("status").first).to_contain_text("scanned")
    page.go_back()
    expect(panel).to_be_visible()


def test_from_a_node_to_its_traces_by_keyboard(console, open_page):
    page = open_page(console, MAP)
    expect(node(page, "storefront")).to_be_visible()
    page.keyboard.press("ArrowRight")
    first = page.evaluate(FOCUSED)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) not in ("", first)
    page.keyboard.press("/")
    page.keyboard.type("storef")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Details of storefront")
    panel.get_by_role("slider", name="Shortest duration selected").focus()
    for _ in range(5):
        page.keyboard.press("PageUp")
    panel.get_by_role("checkbox", name=re.compile("Fault")).focus()
    page.keyboard.press("Space")
    expect(panel.locator("code")).to_contain_text(
        re.compile(r"\{ fault AND responsetime >=")
    )
    panel.get_by_role("link", name="View traces").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/traces"))


def test_an_edge_shows_the_callers_view(console, open_page):
    page = open_page(console, MAP)
    node(page, "orders").click()
    page.get_by_role("button", name="payments", exact=True).click()
    panel = page.get_by_role("complementary", name="Details of orders → payments")
    expect(panel).to_contain_text("as the caller sees them")
    expect(panel.locator("code")).to_contain_text('edge(id(name: "orders"')


def test_focus_search_and_table(console, open_page):
    page = open_page(console, MAP)
    nodes = page.locator(".map-view .node")
    expect(nodes.first).to_be_visible()
    everything = nodes.count()
    node(page, "auth").dblclick()
    expect(page.get_by_text("Focus: auth")).to_be_visible()
    expect(nodes).not_to_have_count(everything)
    page.get_by_role("button", name="End focus").click()
    expect(nodes).to_have_count(everything)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("payments")
    expect(page.locator(".map-view .node:not(.dim)").first).to_contain_text("payments")
    page.get_by_role("button", name="Table", exact=True).click()
    rows = page.get_by_role("region", name="Services as a table").locator("tbody tr")
    expect(rows).to_have_count(everything)


def test_find_by_expression_shows_only_the_nodes_of_its_traces(console, open_page):
    page = open_page(console, MAP)
    nodes = page.locator(".map-view .node")
    expect(nodes.first).to_be_visible()
    everything = nodes.count()
    page.get_by_role("textbox", name=re.compile("that match")).fill(
        'service("order-worker")'
    )
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="What to do with them").select_option("only")
    expect(nodes).not_to_have_count(everything)
    expect(node(page, "order-worker")).to_be_visible()


def test_the_layout_stays_put_when_it_is_asked_again(console, open_page):
    page = open_page(console, MAP)
    storefront = node(page, "storefront")
    before = storefront.get_attribute("transform")
    for _ in range(3):
        page.get_by_role("button", name="Refresh", exact=True).click()
    expect(storefront).to_have_attribute("transform", before)
    page.reload()
    expect(node(page, "storefront")).to_have_attribute("transform", before)


def test_replay_and_comparison(console, open_page):
    page = open_page(console, MAP)
    page.get_by_role("button", name="Replay").click()
    slider = page.get_by_role("slider", name="Moment of the replay")
    slider.focus()
    for _ in range(16):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("16")
    page.get_by_role("button", name="End replay").click()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".map-view .change").first).to_have_text("new")
    expect(page).to_have_url(re.compile("compare=1"))
