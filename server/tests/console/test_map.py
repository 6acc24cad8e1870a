"""The service map: read it, ask it, and go on to the traces."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

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


def test_of_two_changes_at_once_both_stay_in_the_address(console, open_page):
    """A fast hand presses Enter and chooses before the page has followed."""
    page = open_page(console, MAP)
    form = page.locator("form.find")
    form.get_by_role("textbox").fill("fault")
    form.evaluate(
        """form => {
            form.requestSubmit();
            const mode = form.querySelector("select");
            mode.value = "only";
            mode.dispatchEvent(new Event("change", {bubbles: true}));
        }"""
    )
    expect(page).to_have_url(re.compile("find=fault.*mode=only"))


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
    nodes = page.locator(".map-view .node")
    expect(nodes.first).to_be_visible()
    everything = nodes.count()
    slider = page.get_by_role("slider", name="Moment of the replay")
    slider.focus()
    for _ in range(16):
        page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("16")
    expect(nodes).to_have_count(everything)
    page.reload()
    expect(slider).to_have_value("16")
    page.get_by_role("button", name="End replay").click()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".map-view .change").first).to_have_text("new")
    expect(page).to_have_url(re.compile("compare=1"))


def test_comparison_keeps_what_is_gone_in_its_place(console, open_page):
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    stop = start + timedelta(hours=1)
    span = "~".join(f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in (start, stop))
    page = open_page(console, f"#/service-map?timeRange={span}&compare=1")
    expect(node(page, "payments").locator(".change")).to_have_text("gone")
    page.get_by_role("button", name="Compare").click()
    expect(
        page.get_by_role("heading", name="No services in this period")
    ).to_be_visible()


def test_what_is_chosen_in_a_panel_is_in_the_link(console, open_page):
    link = f"{MAP}&node=payments%7CAWS%3A%3AEKS%3A%3AContainer%7C"
    page = open_page(console, f"{link}&status=fault&rt=0.5~10")
    panel = page.get_by_role("complementary", name="Details of payments")
    expect(panel.get_by_role("checkbox", name=re.compile("Fault"))).to_be_checked()
    expect(panel.locator("code")).to_contain_text(
        "{ fault AND responsetime >= 0.5 AND responsetime <= 10 }"
    )
    panel.get_by_role("checkbox", name=re.compile("Throttle")).check()
    panel.get_by_role("button", name="Clear range").click()
    page.reload()
    expect(panel.locator("code")).to_contain_text(
        re.compile(r"\{ (throttle OR fault|fault OR throttle) \}")
    )
    page.get_by_role("button", name="orders", exact=True).click()
    expect(page).not_to_have_url(re.compile("status="))


def test_the_table_is_sorted_by_the_link(console, open_page):
    page = open_page(console, f"{MAP}&view=table&sort=Name.up")
    names = page.get_by_role("region", name="Services as a table").locator(
        "tbody td:first-child"
    )
    expect(names.first).to_be_visible()
    texts = [text.strip() for text in names.all_text_contents()]
    assert texts == sorted(texts)
    page.get_by_role("button", name="Average", exact=True).click()
    expect(page.locator("[aria-sort=descending]")).to_have_text("Average ↓")
    page.reload()
    expect(page.locator("[aria-sort=descending]")).to_have_text("Average ↓")


def test_the_map_is_exported(console, open_page, tmp_path):
    page = open_page(console, MAP)
    expect(node(page, "payments")).to_be_visible()
    saved = {}
    for kind in ("SVG", "JSON", "CSV"):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=re.compile(kind)).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        saved[kind] = path.read_text()
    picture = ET.fromstring(saved["SVG"])
    texts = {element.text for element in picture.iter() if element.text}
    assert {"payments", "AWS::EKS::Container"} <= texts
    rings = [e for e in picture.iter() if e.get("class") == "ring ok"]
    assert rings[0].get("stroke").startswith("rgb")
    found = json.loads(saved["JSON"])
    assert {"orders", "payments"} <= {s["name"] for s in found["services"]}
    assert any(
        (call["from"]["name"], call["to"]["name"]) == ("orders", "payments")
        for call in found["calls"]
    )
    rows = list(csv.DictReader(saved["CSV"].splitlines()))
    assert len(rows) == len(found["services"])


PINCH = """() => {
  const view = document.querySelector('.map-view');
  const box = view.getBoundingClientRect();
  const send = (type, id, dx) => view.dispatchEvent(new PointerEvent(type, {
    bubbles: true, button: 0, pointerId: id, pointerType: 'touch',
    clientX: box.x + 200 + dx, clientY: box.y + 200}));
  const scale = () =>
    new DOMMatrix(document.querySelector('.stage').style.transform).a;
  const before = scale();
  send('pointerdown', 1, -20); send('pointerdown', 2, 20);
  send('pointermove', 1, -40); send('pointermove', 2, 40);
  const after = scale();
  send('pointerup', 1, -40); send('pointerup', 2, 40);
  send('pointermove', 2, 90);
  return [after / before, scale() / after];
}"""


def test_two_fingers_zoom(console, open_page):
    page = open_page(console, MAP, width=390, height=844)
    expect(page.locator(".map-view .node").first).to_be_visible()
    assert page.evaluate(PINCH) == pytest.approx([2, 1], rel=1e-3)


def test_no_call_is_drawn_behind_a_node_that_it_passes(console, open_page):
    page = open_page(console, MAP)
    expect(node(page, "payments")).to_be_visible()
    behind = page.evaluate(
        """() => {
          const nodes = [...document.querySelectorAll('.map-view .node')].map((n) => {
            const { e, f } = n.transform.baseVal.consolidate().matrix;
            return { key: n.dataset.key, x: e, y: f };
          });
          return [...document.querySelectorAll('.map-view .edge')].flatMap((edge) => {
            const [from, to] = edge.dataset.key.split('→');
            const line = edge.querySelector('.line');
            const far = line.getTotalLength();
            const points = Array.from({ length: 200 },
              (_, i) => line.getPointAtLength(far * i / 199));
            return nodes.filter((n) => n.key !== from && n.key !== to
              && points.some((p) => Math.hypot(p.x - n.x, p.y - n.y) < 36))
              .map((n) => `${edge.dataset.key} behind ${n.key}`);
          });
        }"""
    )
    assert behind == []


def test_the_map_refreshes_by_itself(console, open_page):
    page = open_page(console, f"{MAP}&every=1")
    expect(page.locator(".map-view .node").first).to_be_visible()
    for _ in range(2):
        with page.expect_request("**/ServiceGraph"):
            pass
    page.get_by_role("button", name="Last 30 minutes").click()
    page.get_by_role("combobox", name="Refresh every").select_option("Off")
    expect(page).not_to_have_url(re.compile("every="))


def test_an_answer_that_comes_while_nodes_are_placed_waits_for_them(console, browser):
    context = browser.new_context()
    page = context.new_page()
    workers, questions, answers = [], [], []
    page.on("response", lambda r: answers.append(r.url.rsplit("/")[-1]))
    context.route("**/layout_worker*", lambda route: workers.append(route))  # noqa: PLW0108
    context.route("**/ServiceGraph", lambda route: questions.append(route))  # noqa: PLW0108
    page.goto(f"{console.url}/{MAP}&compare=1")
    wait_until(page, lambda: workers and len(questions) == 2)
    for number, question in enumerate(questions, 1):
        question.continue_()
        wait_until(page, lambda n=number: answers.count("ServiceGraph") == n)
        page.wait_for_timeout(200)
    workers[0].continue_()
    expect(node(page, "payments")).to_be_visible()
    context.close()


def wait_until(page, holds):
    """Let the page go on until something holds; the test's own bound ends it."""
    while not holds():
        page.wait_for_timeout(20)
