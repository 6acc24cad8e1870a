"""axe-core finds nothing serious on any page, dialog or tab, in any theme."""

import re

import pytest
from console_help import PAGES, fill_in, settled, slowest
from playwright.sync_api import expect

from running import SOURCE

pytestmark = pytest.mark.browser

AXE = SOURCE.parents[1] / "console" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


THEMES = ("light", "dark", "contrast")

DIALOGS = {
    "keys of the trace page": ("trace", "Keyboard shortcuts", False),
    "a rule with refusals": ("sampling", "Create sampling rule", True),
    "a rule to delete": ("sampling", "Delete looked-at", False),
    "a group": ("groups", "Create group", False),
    "a key": ("keys", "Create key", False),
}
"""Page, the button that opens, and whether to send the empty form."""

TABS = ("Overview", "Resources", "Annotations", "Metadata", "Exceptions", "SQL", "Raw")


def open_in(console, open_page, link, theme):
    page = open_page(console, "#/health", theme="dark" if theme == "dark" else "light")
    if theme == "contrast":
        page.evaluate("localStorage.setItem('fluoro.theme', 'contrast')")
        page.reload()
    page.evaluate("link => { location.hash = link; }", link)
    settled(page)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    return page


def serious(page):
    """Return what axe-core finds of weight on the page as it is."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (
            v["id"],
            v["help"],
            [(n["target"], n["failureSummary"]) for n in v["nodes"][:3]],
        )
        for v in found["violations"]
        if v["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(console, open_page, name, theme):
    page = open_in(console, open_page, fill_in(console, PAGES[name]), theme)
    assert serious(page) == []


@pytest.mark.parametrize("width", [390, 2560])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(console, open_page, name, width):
    page = open_page(console, fill_in(console, PAGES[name]), width=width)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def looked_at(console):
    """A sampling rule that is there to be deleted."""
    rule = {"RuleName": "looked-at", "Priority": 1, "Version": 1}
    anything = ("ResourceARN", "ServiceName", "ServiceType")
    anything += ("Host", "HTTPMethod", "URLPath")
    rule |= {"FixedRate": 1, "ReservoirSize": 1, **dict.fromkeys(anything, "*")}
    console.post("/CreateSamplingRule", {"SamplingRule": rule})
    yield
    console.post("/DeleteSamplingRule", {"RuleName": "looked-at"})


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("case", DIALOGS)
@pytest.mark.usefixtures("looked_at")
def test_axe_finds_nothing_serious_in_dialogs(console, open_page, case, theme):
    name, button, refused = DIALOGS[case]
    page = open_in(console, open_page, fill_in(console, PAGES[name]), theme)
    page.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if refused:
        dialog.get_by_label("Name", exact=True).fill("looked-at")
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.locator("[aria-invalid=true]")).to_have_count(1)
    assert serious(page) == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_serious_in_any_tab(console, open_page, theme):
    trace = slowest(console, 'service("payments") { fault }')
    page = open_in(console, open_page, f"#/traces/{trace}?rows=service", theme)
    page.get_by_role("row", name=re.compile("^orders@orders-db")).click()
    for tab in TABS:
        page.get_by_role("tab", name=re.compile(f"^{tab}")).click()
        assert serious(page) == [], tab
