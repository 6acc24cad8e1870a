"""`fluoro trace` against a real server, on a file and on a terminal."""

import json
import os
import pty
import re
import secrets
import subprocess
import sys
import time

import pytest

from running import eventually

COLOUR = re.compile(r"\x1b\[(\d+;)*3[0-7]m")


@pytest.fixture
def trace_id(server):
    """A trace of two segments, of which one calls the other and fails."""
    now = time.time()
    trace_id = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    call = {"id": secrets.token_hex(8), "name": "back", "namespace": "remote"}
    call |= {"start_time": now + 0.1, "end_time": now + 0.4}
    front = {"id": secrets.token_hex(8), "name": "front", "trace_id": trace_id}
    front |= {"start_time": now, "end_time": now + 0.5, "subsegments": [call]}
    back = {"id": secrets.token_hex(8), "name": "back", "trace_id": trace_id}
    back |= {"start_time": now + 0.15, "end_time": now + 0.35, "parent_id": call["id"]}
    back |= {
        "fault": True,
        "user": "\x1b[31mred",
        "http": {"response": {"status": 500}},
    }
    assert server.put([front, back]) == []
    eventually(lambda: segments_of(server, trace_id) == 2)
    return trace_id


def segments_of(server, trace_id):
    _, _, answer = server.post("/Traces", {"TraceIds": [trace_id]})
    return sum(len(trace["Segments"]) for trace in answer["Traces"])


def on_a_terminal(*arguments, columns=80, **environment):
    """Run a command on a terminal of its own; return what the terminal got."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "fluoro", *arguments],
        stdout=side,
        stderr=side,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"COLUMNS": str(columns), "TERM": "xterm"} | environment,
    )
    os.close(side)
    got = b""
    while True:
        try:
            part = os.read(main, 65_536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        got += part
    os.close(main)
    assert process.wait(timeout=30) == 0, got
    return got.decode()


def test_a_waterfall(fluoro, server, trace_id):
    answer = fluoro("trace", trace_id, "--server", server.url)

    assert answer.exit_code == 0, answer.output
    lines = answer.stdout.splitlines()
    assert lines[0] == f"Trace {trace_id}"
    assert "500 ms · 2 services · 2 segments · 1 subsegment" in lines[1]
    assert lines[2] == "User: red"
    assert [line.split("━")[0].rstrip() for line in lines[3:]] == [
        "  front",
        "  └─back",
        "F   └─back",
    ]


def test_the_id_as_open_telemetry_writes_it(fluoro, server, trace_id):
    digits = trace_id[2:].replace("-", "").upper()

    answer = fluoro("trace", digits, "--server", server.url)

    assert answer.stdout.startswith(f"Trace {trace_id}")


def test_raw_is_what_send_takes(fluoro, server, trace_id):
    raw = fluoro("trace", trace_id, "--raw", "--server", server.url).stdout

    answer = fluoro("send", "-", "--server", server.url, stdin=raw)

    assert len(raw.splitlines()) == 2
    assert answer.stdout == "2 of 2 documents taken in.\n"


def test_json_holds_the_documents(fluoro, server, trace_id):
    one = json.loads(
        fluoro("trace", trace_id, "-o", "json", "--server", server.url).stdout
    )
    lines = fluoro("trace", trace_id, "-o", "jsonl", "--server", server.url).stdout

    assert one["Id"] == trace_id
    assert {d["name"] for d in one["Segments"]} == {"front", "back"}
    assert [json.loads(line) for line in lines.splitlines()] == one["Segments"]


def test_an_unknown_trace_is_exit_code_3(fluoro, server):
    unknown = f"1-00000000-{secrets.token_hex(12)}"

    answer = fluoro("trace", unknown, "--server", server.url)

    assert answer.exit_code == 3
    assert f"there is no trace {unknown}" in answer.stderr


def test_no_trace_id_is_a_usage_error(fluoro, server):
    answer = fluoro("trace", "1-2-3", "--server", server.url)

    assert answer.exit_code == 2
    assert "32 hex digits" in answer.stderr


def test_a_terminal_gets_colours_and_lines_that_fit(server, trace_id):
    got = on_a_terminal("trace", trace_id, "--server", server.url, columns=60)

    assert COLOUR.search(got)
    lines = re.sub(r"\x1b\[[\d;]*m", "", got).splitlines()
    assert [len(line) for line in lines[3:]] == [60, 60, 60]


def test_no_color_is_respected(server, trace_id):
    got = on_a_terminal("trace", trace_id, "--server", server.url, NO_COLOR="1")

    assert not COLOUR.search(got)


def test_a_terminal_without_unicode_gets_ascii(server, trace_id):
    got = on_a_terminal(
        "trace", trace_id, "--server", server.url, PYTHONIOENCODING="ascii"
    )

    assert got.isascii()
    assert "`-" in got
    assert "===" in got
