"""The shell: errors, limits, health, the lock, coming and going."""

import http.client
import os
import subprocess
import sys

import pytest

from fluoro.model.limits import REQUEST_BYTES_MAX
from fluoro.server.xray.shapes import OPERATIONS
from running import SOURCE

DOCUMENT = {
    "id": "a" * 16,
    "name": "n",
    "trace_id": "1-6ab00000-" + "c" * 24,
    "start_time": 1,
    "end_time": 2,
}


def raw_post(server, path, body, **headers):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def test_health_names_the_version(server):
    assert '"status":"ok"' in server.get("/healthz")


def test_neither_content_type_nor_body_is_needed(server):
    for body in (None, b"", b"{}", b'{"NextToken":null}'):
        status, headers, text = raw_post(server, "/GetSamplingRules", body)
        assert status == 200
        assert headers["content-type"] == "application/json"
        assert b'"RuleName":"Default"' in text


@pytest.mark.parametrize(
    ("request_", "status", "code", "text"),
    [
        (
            {"TraceSegmentDocuments": []},
            400,
            "InvalidRequestException",
            "Segments can not be empty",
        ),
        (
            {"TraceSegmentDocuments": ["{}"] * 51},
            400,
            "InvalidRequestException",
            "Exceeding maximum segment count: 50",
        ),
        (
            {"TraceSegmentDocuments": [1]},
            400,
            "SerializationException",
            "NUMBER_VALUE can not be converted to a String",
        ),
    ],
)
def test_a_call_refused_whole(server, request_, status, code, text):
    got, headers, body = server.post("/TraceSegments", request_)
    assert (got, headers["x-amzn-errortype"], body) == (status, code, {"Message": text})


def test_a_missing_member_is_a_validation_error(server):
    status, headers, body = server.post("/TraceSegments", {})
    assert (status, headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert list(body) == ["message"]


def test_the_rest_of_a_call_lands(server):
    refused = server.put([DOCUMENT, "{", "[]"])
    assert [entry["ErrorCode"] for entry in refused] == ["ParseError", "ParseError"]
    assert all(set(entry) == {"ErrorCode", "Id", "Message"} for entry in refused)
    assert [entry["Id"] for entry in refused] == [None, None]


def test_a_document_may_be_as_large_as_the_setting_says(start_server):
    server = start_server("--document-bytes-max", "400")
    documents = [
        {**DOCUMENT, "id": letter * 16, "user": "u" * length}
        for letter, length in (("a", 9), ("b", 400))
    ]
    (refused,) = server.put(documents)
    assert (refused["Id"], refused["ErrorCode"]) == (None, "DocumentTooLarge")
    assert "the limit is 400" in refused["Message"]


def test_an_unknown_path_is_an_honest_404(server):
    status, headers, body = server.post("/NoSuchThing", {})
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert "/NoSuchThing" in body["Message"]


@pytest.mark.parametrize("path", sorted(path for path, _ in OPERATIONS.values()))
def test_no_operation_fails_on_odd_bodies(server, path):
    for body in (b"{", b"[]", b'"x"', b"7", b"[" * 100_000, b"\xff\xfe", b"null"):
        status, headers, _ = raw_post(server, path, body)
        assert status != 500, (path, body)
        assert status == 200 or headers["x-amzn-errortype"]


def test_a_body_over_the_limit_is_refused(server):
    status, headers, _ = raw_post(
        server, "/TraceSegments", b" " * (REQUEST_BYTES_MAX + 1)
    )
    assert (status, headers["x-amzn-errortype"]) == (400, "SerializationException")


def test_a_second_server_on_the_same_data_names_the_first(start_server):
    server = start_server()
    second = subprocess.run(
        [
            *(sys.executable, "-m", "fluoro", "serve"),
            *("--address=127.0.0.1:0", f"--data={server.data}"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert second.returncode == 1
    assert f"process {server.process.pid}" in second.stderr
    assert server.address in second.stderr


def test_after_a_kill_the_lock_is_free(start_server):
    server = start_server()
    server.put([DOCUMENT])
    server.kill()
    start_server(data=server.data).settle()


def test_a_store_in_memory_leaves_nothing_behind(start_server, tmp_path):
    server = start_server("--store=chdb://memory")
    server.put([DOCUMENT])
    server.settle()
    server.stop()
    assert not (server.data / "store").exists()
