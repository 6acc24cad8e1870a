"""axe-core finds nothing serious on any page, dialog or tab, in any theme."""

import re

import pytest
from console_help import PAGES, fill_in, settled, slowest
from playwright.sync_api import expect

from running import SOURCE

pytestmark = pytest.mark.browser

AXE = SOURCE.parents[1] / "console" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


THEMES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "contrast": {"contrast": "more"},
}
"""Each theme, and what a browser asks for where the page takes it by itself."""

DIALOGS = {
    "keys of the trace page": ("trace", "Keyboard shortcuts", False),
    "a rule with refusals": ("sampling", "Create sampling rule", True),
    "a rule to delete": ("sampling", "Delete looked-at", False),
    "a group": ("groups", "Create group", False),
    "a key": ("keys", "Create key", False),
}
"""Page, the button that opens, and whether to send the empty form."""

TABS = ("Overview", "Resources", "Annotations", "Metadata", "Exceptions", "SQL", "Raw")


def opened(console, open_page, link):
    page = open_page(console, fill_in(console, link))
    settled(page)
    page.evaluate(AXE.read_text())
    return page


def serious(page):
    """Return what axe-core finds of weight on the page as it is, in each theme."""
    found = {}
    for theme, media in THEMES.items():
        page.emulate_media(**media)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        found |= {theme: violations(page)}
    page.emulate_media(color_scheme="light", contrast="no-preference")
    return {theme: findings for theme, findings in found.items() if findings}


def violations(page):
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


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(console, open_page, name):
    assert serious(opened(console, open_page, PAGES[name])) == {}


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_its_window(console, open_page, name):
    """On a phone, and where a window of that width becomes a wide one."""
    page = open_page(console, fill_in(console, PAGES[name]), width=390)
    for width in (390, 2560):
        page.set_viewport_size({"width": width, "height": 900})
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


@pytest.mark.parametrize("case", DIALOGS)
@pytest.mark.usefixtures("looked_at")
def test_axe_finds_nothing_serious_in_dialogs(console, open_page, case):
    name, button, refused = DIALOGS[case]
    page = opened(console, open_page, PAGES[name])
    page.get_by_role("button", name=button).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if refused:
        dialog.get_by_label("Name", exact=True).fill("looked-at")
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.locator("[aria-invalid=true]")).to_have_count(1)
    assert serious(page) == {}


def test_axe_finds_nothing_serious_in_any_tab(console, open_page):
    trace = slowest(console, 'service("payments") { fault }')
    page = opened(console, open_page, f"#/traces/{trace}?rows=service")
    page.get_by_role("row", name=re.compile("^orders@orders-db")).click()
    for tab in TABS:
        page.get_by_role("tab", name=re.compile(f"^{tab}")).click()
        assert serious(page) == {}, tab
