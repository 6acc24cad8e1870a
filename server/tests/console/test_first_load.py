"""What a first visit loads: little, compressed, and nothing that it does not show."""

import gzip
import re
import urllib.request

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SCRIPT_BYTES_MAX = 120_000
"""Compressed, of the first route with its worker."""


def fetch(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.headers, answer.read()


def test_the_first_route_is_small(console, browser):
    context = browser.new_context()
    page = context.new_page()
    loaded = {}
    context.on("response", lambda r: loaded.update({r.url: r}))
    page.goto(f"{console.url}/#/service-map?timeRange=PT30M")
    expect(page.locator(".map-view .node").first).to_be_visible()
    scripts = [url for url in loaded if url.endswith(".js")]
    worker = re.compile("layout_worker")
    assert any(map(worker.search, scripts))
    sizes = {url: loaded[url].request.sizes()["responseBodySize"] for url in scripts}
    assert 0 < sum(sizes.values()) <= SCRIPT_BYTES_MAX, sizes
    assert not any("codemirror" in url for url in scripts)
    context.close()


def test_files_are_kept_for_ever_and_compressed_for_who_can_read_it(console):
    _, page = fetch(f"{console.url}/")
    script = re.search(r'src="(/assets/index-[^"]+\.js)"', page.decode()).group(1)
    plain_headers, plain = fetch(console.url + script)
    headers, packed = fetch(console.url + script, **{"Accept-Encoding": "br, gzip"})
    assert plain_headers["Content-Encoding"] is None
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    for both in (headers, plain_headers):
        assert "javascript" in both["Content-Type"]
        assert "immutable" in both["Cache-Control"]
        assert both["Vary"] == "Accept-Encoding"
