"""`fluoro traces` against a real server."""

import json
import secrets
import time

import pytest

from running import eventually


@pytest.fixture
def put(server):
    """Put a trace of one segment; return its id once it is listed."""

    def run(start, **members):
        trace_id = f"1-{int(start):08x}-{secrets.token_hex(12)}"
        document = {"id": secrets.token_hex(8), "name": "listed", "trace_id": trace_id}
        document |= {"start_time": start, "end_time": start + 0.25}
        assert server.put([document | members]) == []
        window = {"StartTime": start - 5, "EndTime": start + 5}
        eventually(
            lambda: any(
                summary["Id"] == trace_id
                for summary in server.post("/TraceSummaries", window)[2][
                    "TraceSummaries"
                ]
            )
        )
        return trace_id

    return run


def test_a_table_newest_first(fluoro, server, put):
    now = time.time() - 86_400 - 3600 * secrets.randbelow(24 * 300)
    http = {"request": {"method": "GET", "url": "http://listed/x"}}
    older = put(now - 20, http=http | {"response": {"status": 404}}, error=True)
    newer = put(now, http=http | {"response": {"status": 503}}, fault=True)

    answer = fluoro(
        "traces", "--start", now - 60, "--end", now + 60, "--server", server.url
    )

    assert answer.exit_code == 0, answer.output
    head, first, second = answer.stdout.splitlines()
    assert head.split() == ["Started", "Took", "Status", "Id", "Service", "Request"]
    assert f"250 ms  F 503   {newer}  listed   GET http://listed/x" in first
    assert f"250 ms  E 404   {older}  listed   GET http://listed/x" in second


def test_json_and_json_lines(fluoro, server, put):
    start = time.time() - 86_400 - 3600 * secrets.randbelow(24 * 300)
    trace_id = put(start, user="ann")
    window = ("--start", start - 1, "--end", start + 1, "--server", server.url)

    (one,) = json.loads(fluoro("traces", "-o", "json", *window).stdout)
    (line,) = fluoro("traces", "-o", "jsonl", *window).stdout.splitlines()

    assert one == json.loads(line)
    assert one["Id"] == trace_id
    assert one["Users"][0]["UserName"] == "ann"


def test_the_limit_says_that_there_are_more(fluoro, server, put):
    put(time.time())
    put(time.time())

    answer = fluoro("traces", "--limit", 1, "--server", server.url)

    assert len(answer.stdout.splitlines()) == 2
    assert "--limit" in answer.stderr


def test_nothing_found_says_what_to_do(fluoro, server):
    answer = fluoro("traces", "--start", 0, "--end", 1, "--server", server.url)
    listed = fluoro(
        "traces", "--start", 0, "--end", 1, "-o", "json", "--server", server.url
    )

    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "fluoro demo" in answer.stderr
    assert json.loads(listed.stdout) == []


def test_a_reversed_window_is_a_usage_error(fluoro, server):
    answer = fluoro("traces", "--start", 9, "--end", 1, "--server", server.url)

    assert answer.exit_code == 2


def test_an_expression_without_its_option_is_shown_with_it(fluoro, server):
    answer = fluoro("traces", "responsetime > 1", "--server", server.url)
    assert answer.exit_code == 2
    assert "--filter 'responsetime > 1'" in answer.stderr
