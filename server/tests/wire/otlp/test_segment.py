"""Segment or subsegment, ids, times, splitting of local roots, links, the record."""

import orjson
import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.options import MappingOptions

PARENT = bytes.fromhex("70de5b6f19ff9a0a")
LINKED = bytes.fromhex("11112222333344445555666677778888")


@pytest.mark.parametrize(
    ("kind", "parent", "kind_of_document"),
    [
        ("SERVER", b"", None),
        ("SERVER", PARENT, None),
        ("INTERNAL", b"", None),
        ("CLIENT", b"", None),
        ("INTERNAL", bytes(8), None),
        ("INTERNAL", PARENT, "subsegment"),
        ("CLIENT", PARENT, "subsegment"),
        ("PRODUCER", PARENT, "subsegment"),
        ("CONSUMER", PARENT, "subsegment"),
        ("UNSPECIFIED", PARENT, "subsegment"),
    ],
)
def test_a_server_span_or_one_without_parent_is_a_segment(
    document, kind, parent, kind_of_document
):
    made = document(kind, parent_span_id=parent)
    assert made.get("type") == kind_of_document
    assert made.get("parent_id") == (parent.hex() if any(parent) else None)


def test_ids_and_times_are_x_rays(document):
    made = document()
    assert made["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert made["id"] == "53995c3f42cd8ad8"
    assert made["start_time"] == pytest.approx(1_790_000_000.123457, abs=1e-6)
    assert made["end_time"] == pytest.approx(1_790_000_000.223457, abs=1e-6)


def test_a_span_that_says_so_or_has_no_end_is_in_progress(document):
    for made in (
        document(attributes={"aws.xray.inprogress": True}),
        document(end_time_unix_nano=0),
    ):
        assert made["in_progress"] is True
        assert "end_time" not in made


@pytest.mark.parametrize(
    ("kind", "attributes", "parent", "namespace"),
    [
        ("CLIENT", {}, PARENT, "remote"),
        ("CLIENT", {"rpc.system": "aws-api"}, PARENT, "aws"),
        ("CLIENT", {"aws.service": "S3"}, PARENT, "aws"),
        ("CLIENT", {"aws.service": "S3", "peer.service": "x"}, PARENT, "remote"),
        ("PRODUCER", {"aws.remote.service": "queue"}, PARENT, "remote"),
        ("CONSUMER", {"aws.remote.service": "queue"}, PARENT, "remote"),
        ("PRODUCER", {}, PARENT, None),
        ("PRODUCER", {"aws.remote.service": "queue"}, b"", None),
        ("INTERNAL", {}, PARENT, None),
        ("SERVER", {}, PARENT, None),
    ],
)
def test_namespace(document, kind, attributes, parent, namespace):
    made = document(kind, attributes, parent_span_id=parent)
    assert made.get("namespace") == namespace


LOCAL_ROOT = {
    "aws.span.kind": "LOCAL_ROOT",
    "aws.local.service": "checkout",
    "aws.remote.service": "AWS.SDK.DynamoDB",
    "aws.remote.operation": "GetItem",
    "rpc.system": "aws-api",
    "rpc.method": "GetItem",
    "aws.region": "eu-west-1",
    "http.status_code": 200,
    "remoteTarget": "t",
    "K8s.RemoteNamespace": "n",
    "order": 7,
}


@pytest.mark.parametrize("kind", ["CLIENT", "PRODUCER", "CONSUMER"])
def test_a_calling_local_root_is_split_in_two(documents, kind):
    call, service = documents(
        kind,
        LOCAL_ROOT,
        parent_span_id=PARENT,
        resource={"cloud.account.id": "111122223333"},
        links=[{"trace_id": LINKED, "span_id": PARENT}],
    )
    assert call["id"] == "53995c3f42cd8ad8"
    assert call["type"] == "subsegment"
    assert call["parent_id"] == service["id"] != call["id"]
    assert call["name"] == "DynamoDB"
    assert call["namespace"] == "aws"
    assert call["aws"]["operation"] == "GetItem"
    assert ("links" in call) == (kind != "CONSUMER")

    assert service["name"] == "checkout"
    assert service["parent_id"] == PARENT.hex()
    assert not service.keys() & {"type", "namespace", "http"}
    assert service["aws"] == {"account_id": "111122223333"}
    assert ("links" in service) == (kind == "CONSUMER")
    assert service["annotations"]["order"] == 7
    dropped = {"aws.remote.service", "aws.remote.operation", "remoteTarget"}
    dropped.add("K8s.RemoteNamespace")
    assert not service["annotations"].keys() & dropped
    default = service["metadata"]["default"]
    assert all(key.startswith("otel.resource.") for key in default)


def test_a_split_without_names_and_systems_still_calls_a_remote(documents):
    call, service = documents("CONSUMER", {"aws.span.kind": "LOCAL_ROOT"})
    assert call["namespace"] == "remote"
    assert "parent_id" not in service
    assert service["name"] == call["name"]


def test_both_halves_have_the_same_ids_each_time(documents):
    first = documents("CLIENT", LOCAL_ROOT)
    assert documents("CLIENT", LOCAL_ROOT) == first
    other = documents("CLIENT", LOCAL_ROOT, span_id=PARENT)
    assert other[1]["id"] != first[1]["id"]


@pytest.mark.parametrize("kind", ["INTERNAL", "SERVER"])
def test_other_local_roots_are_one_segment_without_namespace(document, kind):
    made = document(kind, LOCAL_ROOT, parent_span_id=PARENT)
    assert not made.keys() & {"type", "namespace"}
    assert made["name"] == "checkout"


def test_links_keep_ids_and_attributes(document):
    link = {"trace_id": LINKED, "span_id": PARENT}
    told = KeyValue(key="why", value=AnyValue(string_value="batch"))
    broken = {"trace_id": b"short", "span_id": PARENT}
    made = document(links=[link, link | {"attributes": [told]}, broken])
    ids = {"trace_id": "1-11112222-333344445555666677778888", "id": PARENT.hex()}
    assert made["links"] == [ids, ids | {"attributes": {"why": "batch"}}]
    assert len(made["metadata"]["otel"]["links"]) == 3


def test_user_and_service_version(document):
    made = document(
        attributes={"enduser.id": "ada"}, resource={"service.version": "1.2"}
    )
    assert made["user"] == "ada"
    assert made["service"] == {"version": "1.2"}
    assert document(resource={"container.image.tag": "v3"})["service"] == {
        "version": "v3"
    }


@pytest.mark.parametrize(
    ("attributes", "error", "fault", "throttle"),
    [
        ({"http.status_code": 200}, False, False, False),
        ({"http.status_code": 404}, True, False, False),
        ({"http.response.status_code": 404}, True, False, False),
        ({"http.status_code": 429}, True, False, True),
        ({"http.status_code": 503}, False, True, False),
        ({"http.response.status_code": 500}, False, True, False),
    ],
)
@pytest.mark.parametrize("failed", [False, True])
def test_the_http_status_beats_the_spans(
    document, attributes, error, fault, throttle, failed
):
    made = document(attributes=attributes, status=(2, "") if failed else None)
    ok = attributes.get("http.status_code") == 200
    assert made["error"] is error
    assert made["fault"] is (fault or (ok and failed))
    assert made["throttle"] is throttle


@pytest.mark.parametrize(("code", "fault"), [(0, False), (1, False), (2, True)])
def test_without_an_http_status_the_spans_decides(document, code, fault):
    made = document("INTERNAL", status=(code, ""))
    assert (made["error"], made["fault"], made["throttle"]) == (False, fault, False)


def test_the_record_keeps_what_a_segment_has_no_place_for(document):
    made = document(
        attributes={"a": [1, 2.0], "b": {"bytesValue": "AP8="}},
        events=[("cache miss", {"key": "k"})],
        trace_state="x=1",
        flags=257,
        dropped_events_count=3,
    )
    record = made["metadata"]["otel"]
    assert record["name"] == "GET /orders"
    assert record["kind"] == "SERVER"
    assert record["startTimeUnixNano"] == 1_790_000_000_123_456_789
    assert record["attributes"] == {"a": [1, 2.0], "b": {"bytesValue": "AP8="}}
    assert record["events"][0]["name"] == "cache miss"
    assert record["traceState"] == "x=1"
    assert record["flags"] == 257
    assert record["droppedEventsCount"] == 3
    assert record["scope"] == {"name": "tests"}


def test_a_huge_span_leaves_out_the_copies_its_record_has(document):
    made = document(attributes={"text": "x" * 190_000})
    assert "default" not in made["metadata"]
    assert len(made["metadata"]["otel"]["attributes"]["text"]) == 190_000


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"trace_id": b""}, "InvalidTraceId"),
        ({"trace_id": bytes(16)}, "InvalidTraceId"),
        ({"trace_id": b"x" * 15}, "InvalidTraceId"),
        ({"span_id": b""}, "InvalidId"),
        ({"span_id": bytes(8)}, "InvalidId"),
        ({"span_id": b"x" * 9}, "InvalidId"),
        ({"parent_span_id": b"x"}, "InvalidParentId"),
        ({"name": "x" * 300_000}, "DocumentTooLarge"),
    ],
)
def test_a_bad_span_is_refused_and_its_siblings_are_not(
    make_span, make_request, fields, code
):
    request = make_request(make_span(), make_span(**fields), make_span())
    converted = convert(request, MappingOptions())
    assert [refused.code for refused in converted.refused] == [code]
    assert converted.spans == 3
    assert converted.spans_of == [0, 2]
    assert orjson.loads(converted.documents[1])["id"] == "53995c3f42cd8ad8"


@pytest.mark.parametrize("large", ["resource", "scope"])
def test_a_huge_resource_or_scope_refuses_its_spans(make_span, make_request, large):
    request = make_request(make_span(), make_span(span_id=PARENT))
    group = request.resource_spans[0]
    if large == "resource":
        group.resource.attributes.add(key="x" * 300_000)
    else:
        group.scope_spans[0].scope.name = "x" * 300_000
    request.resource_spans.append(make_request(make_span()).resource_spans[0])
    converted = convert(request, MappingOptions())
    assert [refused.code for refused in converted.refused] == ["DocumentTooLarge"] * 2
    assert converted.spans_of == [2]


@pytest.mark.parametrize("digits", ["9" * 18, "9" * 19, "9" * 5_000, "²", ""])
def test_numbers_as_text_of_any_length_are_taken(document, digits):
    names = ("http.status_code", "http.response_content_length", "server.port")
    made = document("CLIENT", dict.fromkeys(names, digits) | {"http.host": "x"})
    assert ("status" in made["http"]["response"]) == (digits == "9" * 18)
