"""`fluoro send` against a real server."""

import json
import secrets
import time

import pytest


@pytest.fixture
def document():
    """Make documents of one trace of this test's own."""
    now = time.time()
    trace_id = f"1-{int(now):08x}-{secrets.token_hex(12)}"

    def make(**members):
        head = {"id": secrets.token_hex(8), "name": "sent", "trace_id": trace_id}
        return head | {"start_time": now, "end_time": now + 0.1} | members

    return make


def test_a_file_of_more_than_one_batch(fluoro, server, document, tmp_path):
    file = tmp_path / "documents.jsonl"
    file.write_text("\n".join(json.dumps(document()) for _ in range(120)))

    answer = fluoro("send", file, "--server", server.url)

    assert answer.exit_code == 0, answer.output
    assert answer.stdout == "120 of 120 documents taken in.\n"


def test_what_is_refused_is_named_and_the_rest_is_taken_in(fluoro, server, document):
    bad = [document(name="bad name?"), document(), document(id=None, name="nameless")]

    answer = fluoro("send", "-", "--server", server.url, stdin=json.dumps(bad))

    assert answer.exit_code == 5
    assert answer.stdout == "1 of 3 documents taken in.\n"
    assert "Refused bad name?: Invalid segment. ErrorCode: InvalidName" in answer.stderr
    assert "Refused nameless: Invalid segment. ErrorCode: MissingId" in answer.stderr


def test_json_lists_the_refusals(fluoro, server, document):
    bad = document(trace_id="1-2-3", name="x")

    answer = fluoro(
        "send", "-", "--server", server.url, "-o", "json", stdin=json.dumps(bad)
    )

    assert answer.exit_code == 5
    told = json.loads(answer.stdout)
    assert (told["Sent"], told["TakenIn"]) == (1, 0)
    (refusal,) = told["Refused"]
    assert refusal["Name"] == "x"
    assert refusal["Id"] == bad["id"]
    assert refusal["ErrorCode"] == "InvalidTraceId"


@pytest.mark.parametrize("text", ["", "{broken", " \n "])
def test_a_file_without_documents_says_why(fluoro, server, text):
    answer = fluoro("send", "-", "--server", server.url, stdin=text)

    assert answer.exit_code == 1
    assert "holds no segment documents" in answer.stderr


def test_a_file_that_does_not_exist_is_a_usage_error(fluoro):
    assert fluoro("send", "/no/such/file").exit_code == 2
