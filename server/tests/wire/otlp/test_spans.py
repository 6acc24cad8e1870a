"""Spans of documents that X-Ray's own clients sent."""

import orjson
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from fluoro.model.decode import decode_document
from fluoro.wire.otlp.spans import records_of, span_of

SEGMENT = {
    "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
    "id": "53995C3F42CD8AD8",
    "name": "shop",
    "start_time": 1790000000.123456,
    "end_time": 1790000000.5,
    "parent_id": "70de5b6f19ff9a0a",
}


def records(**members):
    document = SEGMENT | members
    decode_document(orjson.dumps(document))
    made = records_of(document)
    for record in made:
        span_of(record)
    return made


def test_ids_and_times():
    (record,) = records()
    assert record["traceId"] == "5759e988bd862e3fe1be46a994272793"
    assert record["spanId"] == "53995c3f42cd8ad8"
    assert record["parentSpanId"] == "70de5b6f19ff9a0a"
    assert record["startTimeUnixNano"] == 1790000000123456000
    assert record["endTimeUnixNano"] == 1790000000500000000
    assert record["resource"]["attributes"]["service.name"] == "shop"


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({}, "SERVER"),
        ({"type": "subsegment"}, "INTERNAL"),
        ({"type": "subsegment", "namespace": "local"}, "INTERNAL"),
        ({"type": "subsegment", "namespace": "remote"}, "CLIENT"),
        ({"type": "subsegment", "namespace": "aws"}, "CLIENT"),
        ({"type": "subsegment", "http": {"request": {"client_ip": "1"}}}, "SERVER"),
    ],
)
def test_kind(members, kind):
    (record,) = records(**members)
    assert record["kind"] == kind


def test_embedded_subsegments_are_spans_of_the_same_resource():
    times = {"start_time": 1790000000.2, "end_time": 1790000000.3}
    inner = {"id": "00000000000000bb", "name": "inner", **times}
    outer = {"id": "00000000000000aa", "name": "S3", "namespace": "aws", **times}
    own, first, second = records(subsegments=[outer | {"subsegments": [inner]}])
    assert first["parentSpanId"] == own["spanId"]
    assert second["parentSpanId"] == "00000000000000aa"
    assert (first["kind"], second["kind"]) == ("CLIENT", "INTERNAL")
    assert first["resource"] == own["resource"] == second["resource"]
    assert first["traceId"] == own["traceId"]
    assert first["attributes"]["aws.service"] == "S3"


def test_an_open_segment_ends_where_it_starts():
    document = {k: v for k, v in SEGMENT.items() if k != "end_time"}
    (record,) = records_of(document | {"in_progress": True})
    assert record["attributes"]["aws.xray.inprogress"] is True
    assert record["endTimeUnixNano"] == record["startTimeUnixNano"]


@pytest.mark.parametrize(
    ("members", "attributes"),
    [
        (
            {
                "http": {
                    "request": {
                        "method": "GET",
                        "url": "http://x/",
                        "user_agent": "curl",
                        "client_ip": "1.2.3.4",
                        "x_forwarded_for": True,
                        "traced": True,
                    },
                    "response": {"status": 404, "content_length": "12"},
                }
            },
            {
                "http.request.method": "GET",
                "url.full": "http://x/",
                "user_agent.original": "curl",
                "client.address": "1.2.3.4",
                "aws.xray.x_forwarded_for": True,
                "aws.xray.traced": True,
                "http.response.status_code": 404,
                "http.response.body.size": "12",
            },
        ),
        (
            {"sql": {"sanitized_query": "SELECT 1", "database_type": "mysql"}},
            {"db.query.text": "SELECT 1", "db.system.name": "mysql"},
        ),
        (
            {"aws": {"operation": "GetItem", "table_name": "t", "retries": 2}},
            {"aws.operation": "GetItem", "aws.table_name": "t", "aws.xray.retries": 2},
        ),
        ({"user": "ada"}, {"enduser.id": "ada"}),
        ({"resource_arn": "arn"}, {"aws.xray.resource_arn": "arn"}),
        (
            {"annotations": {"a": "x", "n": 2**70, "list": [1]}},
            {"a": "x", "n": str(2**70)},
        ),
        (
            {"metadata": {"default": {"k": [1]}, "otel": {"mine": 1}}},
            {
                "aws.xray.metadata.default": '{"k":[1]}',
                "aws.xray.metadata.otel": '{"mine":1}',
            },
        ),
        ({"fault": True}, {"aws.xray.fault": True}),
        ({"http": 7, "aws": [], "sql": None, "links": {}, "cause": 5}, {}),
    ],
)
def test_members_become_attributes(members, attributes):
    made = records_of(SEGMENT | members)[0]
    assert made["attributes"] == attributes


def test_the_resource():
    (record,) = records(
        origin="AWS::ECS::Container",
        service={"version": "1.2"},
        aws={
            "account_id": "1",
            "ecs": {"container": "c"},
            "ec2": {"instance_id": "i"},
            "xray": {"sdk": "X-Ray for Python", "sdk_version": "2"},
        },
    )
    assert record["resource"]["attributes"] == {
        "service.name": "shop",
        "cloud.provider": "aws",
        "cloud.platform": "aws_ecs",
        "aws.xray.origin": "AWS::ECS::Container",
        "cloud.account.id": "1",
        "host.id": "i",
        "container.name": "c",
        "telemetry.sdk.version": "2",
        "telemetry.sdk.name": "X-Ray",
        "telemetry.sdk.language": "python",
        "service.version": "1.2",
    }


@pytest.mark.parametrize(
    ("members", "code"),
    [({}, "UNSET"), ({"fault": True}, "ERROR"), ({"throttle": True}, "ERROR")],
)
def test_status(members, code):
    assert records(**members)[0]["status"] == {"code": code}


def test_exceptions_are_events():
    frame = {"path": "a.py", "line": 3, "label": "f"}
    exception = {
        "id": "00000000000000cc",
        "type": "KeyError",
        "message": "k",
        "remote": True,
        "stack": [frame],
        "cause": "00000000000000dd",
        "truncated": 2,
    }
    (record,) = records(cause={"exceptions": [exception, 7]})
    event, odd = record["events"]
    assert odd == {"timeUnixNano": record["endTimeUnixNano"], "name": "exception"}
    assert event["name"] == "exception"
    assert event["attributes"] == {
        "aws.xray.exception.id": "00000000000000cc",
        "exception.type": "KeyError",
        "exception.message": "k",
        "aws.xray.exception.remote": True,
        "aws.xray.exception.truncated": 2,
        "aws.xray.exception.cause": "00000000000000dd",
        "exception.stacktrace": "KeyError: k\n\tat f(a.py:3)",
    }


def test_a_cause_elsewhere_is_an_event_that_names_it():
    (record,) = records(cause="00000000000000cc")
    (event,) = record["events"]
    assert event["attributes"] == {"aws.xray.exception.id": "00000000000000cc"}


def test_links_that_are_well_formed():
    link = {"trace_id": SEGMENT["trace_id"], "id": SEGMENT["id"]}
    (record,) = records(links=[link | {"attributes": {"a": 1}}, {"trace_id": "x"}, 7])
    assert record["links"] == [
        {
            "traceId": "5759e988bd862e3fe1be46a994272793",
            "spanId": "53995c3f42cd8ad8",
            "attributes": {"a": 1},
        }
    ]


def test_the_service_half_of_a_split_span_is_no_span(documents):
    call, service = documents("CLIENT", {"aws.span.kind": "LOCAL_ROOT"})
    assert records_of(service) == []
    (record,) = records_of(call)
    assert "parentSpanId" not in record
    assert span_of(record).scope_spans[0].spans[0].kind == Span.SPAN_KIND_CLIENT


def test_spans_come_back_from_documents_that_were_folded(documents):
    """BatchGetTraces answers subsegments inside their parents."""
    parent = bytes.fromhex(SEGMENT["id"])
    (call,) = documents("CLIENT", {"a": 1}, parent_span_id=parent, span_id=b"12345678")
    for gone in ("type", "parent_id", "trace_id"):
        del call[gone]
    own, span = records_of(SEGMENT | {"subsegments": [call]})
    assert own["kind"] == "SERVER"
    assert span["traceId"] == own["traceId"]
    assert span["parentSpanId"] == parent.hex()
    assert span["startTimeUnixNano"] == 1_790_000_000_123_456_789
    assert span["resource"] == {}
    assert span_of(span).scope_spans[0].spans[0].attributes[0].value.int_value == 1


@pytest.mark.parametrize("time", [-5, 0, 9e10])
def test_times_that_otlp_cannot_write_are_cut(time):
    (record,) = records(start_time=time, end_time=time)
    assert 0 <= record["startTimeUnixNano"] < 2**64
