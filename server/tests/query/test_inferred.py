"""Calls that nobody answered get a segment for the other side."""

import json

import pytest

from fluoro.query.render import render_segments
from support.documents import NOW, TRACE_ID, hex_id, segment, subsegment, trace_of

QUEUE = "https://sqs.test/1/q"


def made_for(call, *others):
    """The documents of inferred segments."""
    trace = trace_of(segment("a", end=None, subsegments=[call]), *others)
    documents = [json.loads(document) for _, document in render_segments(trace)]
    return [document for document in documents if "inferred" in document]


def aws_call(name, **aws):
    return subsegment("b", namespace="aws", name=name, aws=aws)


@pytest.mark.parametrize(
    ("call", "origin", "resources"),
    [
        (aws_call("DynamoDB", table_name="t"), "AWS::DynamoDB", None),
        (
            aws_call("DynamoDB", table_name="t", operation="GetItem"),
            "AWS::DynamoDB::Table",
            ["t"],
        ),
        (
            aws_call("dynamodb", table_name="t", operation="GetItem"),
            "AWS::DynamoDB::Table",
            ["t"],
        ),
        (aws_call("S3", bucket_name="b"), "AWS::S3", None),
        (aws_call("S3", bucket_name="b", operation="Put"), "AWS::S3::Bucket", ["b"]),
        (aws_call("SQS", queue_url=QUEUE), "AWS::SQS", None),
        (aws_call("SNS", topic_arn="arn"), "AWS::SNS", None),
        (aws_call("SNS", topic_arn="arn", operation="Publish"), "AWS::SNS", ["arn"]),
        (aws_call("Lambda", function_name="f"), "AWS::Lambda", None),
        (
            aws_call("Lambda", function_name="f", operation="Invoke"),
            "AWS::Lambda",
            ["f"],
        ),
        (aws_call("SSM", operation="Get"), "AWS::SSM", None),
        (subsegment("b", namespace="remote"), None, None),
        (subsegment("b", namespace="remote", sql={"url": "u"}), "Database::SQL", None),
    ],
)
def test_origin_and_resource(call, origin, resources):
    (made,) = made_for(call)
    assert made.get("origin") == origin
    assert made["name"] == call["name"]
    assert made.get("aws", {}).get("resource_names") == resources
    assert "sql" not in made
    assert "subsegments" not in made


def test_copies_flags_http_and_aws_and_nothing_else():
    call = subsegment(
        "b",
        1,
        2,
        namespace="remote",
        name="api.test",
        fault=True,
        error=False,
        http={"request": {"traced": True, "url": "u"}, "response": {"status": 500}},
        annotations={"k": 1},
        metadata={"d": {"k": 1}},
        cause={"exceptions": [{"id": "c" * 16, "type": "T"}]},
    )
    (made,) = made_for(call)
    assert made.pop("id")[0] in "0123"
    assert made == {
        "name": "api.test",
        "start_time": NOW + 1,
        "trace_id": TRACE_ID,
        "end_time": NOW + 2,
        "parent_id": hex_id("b"),
        "inferred": True,
        "fault": True,
        "error": False,
        "http": {"request": {"url": "u"}, "response": {"status": 500}},
    }


def test_a_message_sent_to_a_queue_waits_in_it():
    call = aws_call("SQS", queue_url=QUEUE, operation="SendMessage")
    (made,) = made_for(call)
    assert made["origin"] == "AWS::SQS::Queue"
    (waiting,) = made["subsegments"]
    assert waiting.pop("id") not in (made["id"], call["id"])
    assert waiting == {"name": "QueueTime", "start_time": NOW, "end_time": NOW + 1}
    (received,) = made_for(aws_call("SQS", queue_url=QUEUE, operation="ReceiveMessage"))
    assert "subsegments" not in received


@pytest.mark.parametrize(
    ("call", "others"),
    [
        pytest.param(subsegment("b"), [], id="local"),
        pytest.param(subsegment("b", namespace="local"), [], id="namespace local"),
        pytest.param(subsegment("b", end=None, namespace="aws"), [], id="unfinished"),
        pytest.param(
            subsegment("b", namespace="remote"),
            [segment("c", parent_id="b", end=None)],
            id="answered by a segment, even in progress",
        ),
    ],
)
def test_nothing_is_inferred(call, others):
    assert made_for(call, *others) == []


def test_made_ids_do_not_change():
    assert made_for(aws_call("S3")) == made_for(aws_call("S3"))
