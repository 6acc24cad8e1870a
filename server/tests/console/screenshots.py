"""`make screenshots`: every page in both themes and at two widths, to be looked at."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from console_help import PAGES, chromium, fill_in, send, settled, shop  # noqa: E402

from running import RunningServer  # noqa: E402

FOLDER = Path(__file__).parents[3] / "screenshots"
SIZES = {1440: 900, 390: 844}
TRACES, SECONDS = 1500, 1500


def main():
    """Start a server, fill it, look at each page."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = RunningServer(Path(folder) / "data").wait()
        try:
            send(server, shop(TRACES, SECONDS))
            browser = playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox"]
            )
            for theme in ("light", "dark"):
                for width, height in SIZES.items():
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, color_scheme=theme
                    )
                    shoot(context.new_page(), server, f"{theme}-{width}")
                    context.close()
        finally:
            server.stop()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")  # noqa: T201


def shoot(page, server, suffix):
    """Write one picture a page."""
    for name, link in PAGES.items():
        page.goto("about:blank")
        page.goto(f"{server.url}/{fill_in(server, link)}")
        settled(page)
        page.wait_for_timeout(400)
        page.screenshot(path=FOLDER / f"{name}-{suffix}.png")


if __name__ == "__main__":
    main()
