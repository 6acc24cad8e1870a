"""axe-core finds nothing serious on any page, in any theme."""

import pytest
from console_help import PAGES, fill_in, settled
from playwright.sync_api import expect

from running import SOURCE

pytestmark = pytest.mark.browser

AXE = SOURCE.parents[1] / "console" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


CASES = [(name, theme) for name in PAGES for theme in ("light", "dark")] + [
    (name, "contrast")
    for name in (
        "map-node",
        "map-table",
        "traces",
        "trace-details",
        "analytics",
        "connect",
    )
]


@pytest.mark.parametrize(("name", "theme"), CASES)
def test_axe_finds_nothing_serious(console, open_page, name, theme):
    page = open_page(console, "#/health", theme="dark" if theme == "dark" else "light")
    if theme == "contrast":
        page.evaluate("localStorage.setItem('fluoro.theme', 'contrast')")
        page.reload()
    page.evaluate("link => { location.hash = link; }", fill_in(console, PAGES[name]))
    settled(page)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [
        (
            v["id"],
            v["help"],
            [(n["target"], n["failureSummary"]) for n in v["nodes"][:3]],
        )
        for v in found["violations"]
        if v["impact"] in SERIOUS
    ] == []
