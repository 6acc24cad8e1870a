"""`fluoro demo` against a real server, over HTTP and UDP."""

import re
import time
import urllib.request

import pytest


def counters(server):
    """Return the loss ledger: (name, transport) to a number."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        text = answer.read().decode()
    pattern = r'fluoro_documents_(\w+?)(?:_total)?\{transport="(\w+)".*?\} (\S+)'
    return {(n, t): float(v) for n, t, v in re.findall(pattern, text)}


@pytest.mark.parametrize("way", ["http", "udp"])
def test_once_sends_so_many_traces(fluoro, server, way):
    before = counters(server).get(("received", way), 0)
    extra = ["--udp"] if way == "udp" else []

    answer = fluoro("demo", "--once", 5, "--seed", 7, "--server", server.url, *extra)

    assert answer.exit_code == 0, answer.output
    sent = int(re.match(r"(\d+) documents sent, 0 of them refused", answer.stdout)[1])
    for _ in range(200):
        if counters(server)["received", way] >= before + sent:
            break
        time.sleep(0.02)
    assert counters(server)["received", way] == before + sent


def test_a_steady_load_ends_when_it_is_told(fluoro, server):
    answer = fluoro("demo", "--rate", 20, "--duration", "1s", "--server", server.url)

    assert answer.exit_code == 0, answer.output
    assert re.search(r"^\d+ documents sent, 0 of them refused; seed \d+\.$",
                     answer.stdout, re.MULTILINE)  # fmt: skip


def test_no_server_is_exit_code_4(fluoro, free_port):
    answer = fluoro("demo", "--udp", "--server", f"http://127.0.0.1:{free_port}")

    assert answer.exit_code == 4
