"""`fluoro demo` against a real server, over HTTP and UDP."""

import re
import signal
import subprocess
import sys

import pytest

from running import eventually


def received(server, way):
    return server.metrics().get(
        f'fluoro_documents_received_total{{transport="{way}"}}', 0
    )


@pytest.mark.parametrize("way", ["http", "udp"])
def test_once_sends_so_many_traces(fluoro, server, way):
    before = received(server, way)
    extra = ["--udp"] if way == "udp" else []

    answer = fluoro("demo", "--once", 5, "--seed", 7, "--server", server.url, *extra)

    assert answer.exit_code == 0, answer.output
    sent = int(re.match(r"(\d+) documents sent, 0 of them refused", answer.stdout)[1])
    eventually(lambda: received(server, way) >= before + sent)
    assert received(server, way) == before + sent


def test_a_steady_load_ends_when_it_is_told(fluoro, server):
    answer = fluoro("demo", "--rate", 20, "--duration", "1s", "--server", server.url)

    assert answer.exit_code == 0, answer.output
    assert re.search(r"^\d+ documents sent, 0 of them refused; seed \d+\.$",
                     answer.stdout, re.MULTILINE)  # fmt: skip


def test_no_server_is_exit_code_4(fluoro, free_port):
    answer = fluoro("demo", "--udp", "--server", f"http://127.0.0.1:{free_port}")

    assert answer.exit_code == 4


# A shell has what it starts in the background ignore interrupts.
IN_THE_BACKGROUND = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh"]


@pytest.mark.parametrize("shell", [[], IN_THE_BACKGROUND])
def test_ctrl_c_ends_it_with_a_summary(server, shell):
    demo = [sys.executable, "-m", "fluoro", "demo", "--seed", "5"]
    process = subprocess.Popen(
        [*shell, *demo, "--server", server.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = process.stderr.readline()
    before = received(server, "http")
    eventually(lambda: received(server, "http") > before)

    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)

    assert "Ctrl-C ends" in said
    assert process.returncode == 0
    assert out.endswith("0 of them refused; seed 5.\n")
