"""The block cause: exceptions of events, failed attempts, the status' message."""

import pytest

EXCEPTION = {
    "exception.type": "ValueError",
    "exception.message": "bad",
    "exception.stacktrace": "Traceback (most recent call last):\n"
    '  File "a.py", line 1, in inner\n    x\nKeyError: k\n\n'
    "During handling of the above exception, another exception occurred:\n\n"
    'Traceback (most recent call last):\n  File "b.py", line 2, in outer\n'
    "    y\nValueError: bad\n",
}
PYTHON = {"telemetry.sdk.language": "python"}


def test_an_exception_event_with_what_caused_it(document):
    made = document("INTERNAL", events=[("exception", EXCEPTION)], resource=PYTHON)
    own, cause = made["cause"]["exceptions"]
    assert own["type"] == "ValueError"
    assert own["message"] == "bad"
    assert own["remote"] is False
    assert own["stack"] == [{"path": "b.py", "line": 2, "label": "outer"}]
    assert own["cause"] == cause["id"] != own["id"]
    assert (cause["type"], cause["message"]) == ("KeyError", "k")
    assert "cause" not in cause
    assert made["fault"] is False, "an event alone is no fault"


@pytest.mark.parametrize(
    ("kind", "remote"),
    [("CLIENT", True), ("PRODUCER", True), ("CONSUMER", False), ("SERVER", False)],
)
def test_callers_exceptions_are_remote(document, kind, remote):
    made = document(kind, events=[("exception", EXCEPTION)])
    assert [e["remote"] for e in made["cause"]["exceptions"]] == [remote]


def test_ids_are_the_same_each_time(document):
    events = [("exception", EXCEPTION), ("exception", EXCEPTION)]
    first = document("INTERNAL", events=events)
    assert document("INTERNAL", events=events) == first
    ids = {exception["id"] for exception in first["cause"]["exceptions"]}
    assert len(ids) == 2


def test_failed_attempts_of_aws_calls(document):
    attempt = {"http.response.status_code": 503, "aws.http.error_message": "slow down"}
    events = [("HTTP request failure", attempt), ("HTTP request failure", {})]
    made = document("CLIENT", {"rpc.system": "aws-api"}, events=events)
    (exception,) = made["cause"]["exceptions"]
    assert exception["type"] == "aws.http.error.event"
    assert exception["message"] == "503@1790000000.200000@slow down"
    assert "cause" not in document("CLIENT", events=events)


@pytest.mark.parametrize(
    ("attributes", "status", "message"),
    [
        ({}, (2, "it broke"), "it broke"),
        ({"http.status_text": "Bad"}, (2, ""), "Bad"),
        ({"http.status_text": "Bad"}, (1, ""), None),
        ({}, (2, ""), None),
        ({}, (1, "fine"), None),
    ],
)
def test_without_events_the_status_message_is_the_exception(
    document, attributes, status, message
):
    made = document("INTERNAL", attributes, status=status)
    if message is None:
        assert "cause" not in made
    else:
        (exception,) = made["cause"]["exceptions"]
        assert exception.pop("id")
        assert exception == {"type": "", "message": message}
