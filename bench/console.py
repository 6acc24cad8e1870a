"""The console in chromium.

What the issue names: a map of 1,000 services (shown, panned), a trace of 10,000
subsegments (opened), a list of 10,000 traces (scrolled), and a first load with an empty
cache. Frames are counted by requestAnimationFrame while the page is moved.
"""

import json
import os
import random
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path[:0] = [
    str(ROOT / "server" / "tests"),
    str(ROOT / "server" / "tests" / "console"),
]

from console_help import chromium, send  # noqa: E402

from running import RunningServer  # noqa: E402

SERVICES = 1_000
SUBSEGMENTS = 10_000
TRACES = 10_000
REPEATS = 5
MOVE_SECONDS = 2.0
FIRST_TIME = "#/service-map?timeRange=PT1H"

FRAMES = """(seconds) => new Promise((resolve) => {
  const stamps = [];
  const from = performance.now();
  const tick = (now) => {
    stamps.push(now);
    window.move?.(stamps.length);
    if (now - from < seconds * 1000) requestAnimationFrame(tick);
    else resolve((stamps.length - 1) / ((stamps.at(-1) - stamps[0]) / 1000));
  };
  requestAnimationFrame(tick);
})"""


def mesh() -> list[str]:
    """Return documents of 1,000 services that call each other in chains."""
    choose = random.Random(1)
    documents = []
    for chain in range(SERVICES // 10):
        trace, now = (
            f"1-{int(time.time()):08x}-{secrets.token_hex(12)}",
            time.time() - 20,
        )
        parent = ""
        for depth in range(10):
            own, call = secrets.token_hex(8), secrets.token_hex(8)
            number = chain * 10 + depth
            documents.append(
                json.dumps(
                    {
                        "trace_id": trace,
                        "id": own,
                        "name": f"service-{number}",
                        "start_time": now + depth / 100,
                        "end_time": now + 0.5 - depth / 100,
                        "origin": "AWS::ECS::Container",
                        **({"parent_id": parent} if parent else {}),
                        **({"fault": True} if choose.random() < 0.05 else {}),
                        "subsegments": [
                            {
                                "id": call,
                                "name": "next",
                                "namespace": "remote",
                                "start_time": now + depth / 100,
                                "end_time": now + 0.5 - depth / 100,
                            }
                        ]
                        if depth < 9
                        else [],
                    }
                )
            )
            parent = call
    return documents


def tall() -> tuple[str, list[str]]:
    """Return a trace of 10,000 subsegments, 100 a document."""
    trace, now = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}", time.time() - 20
    top = secrets.token_hex(8)
    documents = [
        {
            "trace_id": trace,
            "id": top,
            "name": "batch",
            "start_time": now,
            "end_time": now + 10,
        }
    ]
    for batch in range(SUBSEGMENTS // 100):
        start = now + batch / 10
        documents.append(
            {
                "trace_id": trace,
                "id": secrets.token_hex(8),
                "parent_id": top,
                "type": "subsegment",
                "name": f"part {batch}",
                "start_time": start,
                "end_time": start + 0.1,
                "subsegments": [
                    {
                        "id": secrets.token_hex(8),
                        "name": f"step {n}",
                        "start_time": start + n / 1000,
                        "end_time": start + (n + 1) / 1000,
                    }
                    for n in range(99)
                ],
            }
        )
    return trace, [json.dumps(document) for document in documents]


def many() -> list[str]:
    """Return 10,000 traces of one segment."""
    choose = random.Random(2)
    now = time.time()
    return [
        json.dumps(
            {
                "trace_id": f"1-{int(now):08x}-{number:024x}",
                "id": f"{number + 1:016x}",
                "name": "list",
                "start_time": now - 600 + number / 20,
                "end_time": now - 600 + number / 20 + choose.lognormvariate(-3, 1),
                "http": {
                    "request": {
                        "method": "GET",
                        "url": f"https://list.example/{number % 40}",
                    },
                    "response": {"status": 200},
                },
            }
        )
        for number in range(TRACES)
    ]


SEEN = """(ready) => new Promise((resolve) => {
  const look = () => document.querySelector(ready)?.checkVisibility()
    ? requestAnimationFrame(() => resolve(performance.now()))
    : requestAnimationFrame(look);
  look();
})"""


def shown(page: Page, url: str, ready: str) -> float:
    """Return the seconds from the beginning of the navigation until `ready` is drawn.

    The page's own clock tells: from outside one would look ever more rarely.
    """
    page.goto("about:blank")
    page.goto(url, wait_until="commit")
    return page.evaluate(SEEN, ready) / 1000


FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def first_load(browser, url: str) -> tuple[float, float]:
    """Return the seconds until something is painted, and until the map is drawn.

    Nothing is cached.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    seconds = shown(page, url, ".map-view .node")
    painted = page.evaluate(FIRST_PAINT) / 1000
    context.close()
    return painted, seconds


def pan(page: Page) -> float:
    """Return frames a second while the map is dragged about."""
    page.evaluate("""() => {
      const view = document.querySelector('.map-view');
      const send = (type, x, y) => view.dispatchEvent(new PointerEvent(type,
        {bubbles: true, button: 0, clientX: x, clientY: y}));
      send('pointerdown', 400, 400);
      window.move = (n) => send('pointermove',
        400 + 300 * Math.sin(n / 20), 400 + 150 * Math.cos(n / 15));
    }""")
    return page.evaluate(FRAMES, MOVE_SECONDS)


def scroll(page: Page, element: str) -> float:
    """Return frames a second while a list is scrolled, 120 pixels a frame."""
    page.evaluate(
        "(name) => { const e = document.querySelector(name);"
        " window.move = () => { e.scrollTop += 120; }; }",
        element,
    )
    return page.evaluate(FRAMES, MOVE_SECONDS)


def median(measure) -> float:
    return statistics.median(measure() for _ in range(REPEATS))


def with_server(documents: list[str], measure) -> None:
    """Run `measure(server)` on a server that holds the documents alone."""
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder) / "data").wait()
        try:
            send(server, documents)
            measure(server)
        finally:
            server.stop()


def main() -> None:
    row = "| {:<52} | {:>10} | {:>12} |".format
    print(f"{os.cpu_count()} cores shared by server and browser; medians of {REPEATS}")
    print(row("", "measured", "aim"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})

        def maps(server) -> None:
            url = f"{server.url}/{FIRST_TIME}"
            seconds = median(lambda: shown(page, url, ".map-view .node"))
            nodes = page.locator(".map-view .node").count()
            print(row(f"map of {nodes} nodes: shown", f"{seconds:.2f} s", "2 s"))
            print(row(f"map of {nodes} nodes: panned", f"{pan(page):.0f} /s", "50 /s"))

        def traces(server) -> None:
            ready = ".timeline [data-row='20']"
            url = f"{server.url}/#/traces/{trace}"
            seconds = median(lambda: shown(page, url, ready))
            print(
                row(
                    f"trace of {SUBSEGMENTS:,} subsegments: opened",
                    f"{seconds:.2f} s",
                    "1.5 s",
                )
            )
            rate = scroll(page, ".timeline .scroller")
            print(
                row(
                    f"trace of {SUBSEGMENTS:,} subsegments: scrolled",
                    f"{rate:.0f} /s",
                    "50 /s",
                )
            )

        def lists(server) -> None:
            shown(page, f"{server.url}/#/traces?timeRange=PT1H", ".progress .done")
            page.get_by_role("button", name="Take up to").click()
            page.get_by_role("heading", name=f"{TRACES:,} traces").wait_for()
            rate = scroll(page, ".trace-list .scroller")
            print(
                row(f"list of {TRACES:,} traces: scrolled", f"{rate:.0f} /s", "50 /s")
            )

        def first(server) -> None:
            url = f"{server.url}/"
            painted, drawn = zip(
                *(first_load(browser, url) for _ in range(REPEATS)), strict=True
            )
            name = "first load, empty cache:"
            print(row(f"{name} painted", f"{statistics.median(painted):.2f} s", "1 s"))
            print(row(f"{name} map drawn", f"{statistics.median(drawn):.2f} s", "1 s"))

        from console_help import shop

        with_server(mesh(), maps)
        trace, documents = tall()
        with_server(documents, traces)
        with_server(many(), lists)
        with_server(shop(), first)
        browser.close()


if __name__ == "__main__":
    main()
