"""Every member of a TraceSummary."""

import pytest

from fluoro.query.summary import revision, summarize
from support.botocore_check import parse_answer
from support.documents import (
    NOW,
    TRACE_ID,
    independent,
    segment,
    subsegment,
    trace_of,
)


def summary_of(*documents):
    summary = summarize(trace_of(*documents))
    answer = {
        "TraceSummaries": [summary],
        "ApproximateTime": NOW,
        "TracesProcessedCount": 1,
        "NextToken": None,
    }
    parse_answer("GetTraceSummaries", answer)
    return summary


def test_a_trace_of_two_services():
    first = segment(
        "1",
        0.123456,
        2.5380506,
        name="shop",
        origin="AWS::EC2::Instance",
        user="bob",
        resource_arn="arn:shop",
        aws={"ec2": {"instance_id": "i-1", "availability_zone": "z"}},
        annotations={"cart": 7, "vip": True, "colour": "red"},
        http={
            "request": {
                "method": "GET",
                "url": "http://shop.test/cart",
                "user_agent": "curl",
                "client_ip": "192.0.2.1",
            },
            "response": {"status": 200},
        },
        subsegments=[
            subsegment("a", 1, 2, name="stock", namespace="remote"),
            subsegment("b", 2, 2.5, name="db@host", namespace="remote", sql={}),
        ],
    )
    second = segment(
        "2",
        1,
        7,
        name="stock",
        parent_id="a",
        user="eve",
        annotations={"cart": 7.0, "vip": 1, "colour": "blue"},
        aws={"ec2": {"instance_id": "i-1"}},
    )
    summary = summary_of(first, second)

    def value(member, given):
        empty = {"NumberValue": None, "BooleanValue": None, "StringValue": None}
        return {"AnnotationValue": {**empty, member: given}, "ServiceIds": None}

    def service(name, kind):
        return {"Name": name, "Names": [name], "AccountId": None, "Type": kind}

    assert summary == {
        "Id": TRACE_ID,
        "StartTime": float(NOW),
        "Duration": 6.877,
        "ResponseTime": 2.415,
        "HasFault": False,
        "HasError": False,
        "HasThrottle": False,
        "IsPartial": False,
        "Http": {
            "HttpURL": "http://shop.test/cart",
            "HttpStatus": 200,
            "HttpMethod": "GET",
            "UserAgent": "curl",
            "ClientIp": "192.0.2.1",
        },
        "Annotations": {
            "cart": [value("NumberValue", 7.0)],
            "vip": [value("BooleanValue", True), value("NumberValue", 1.0)],
            "colour": [value("StringValue", "red"), value("StringValue", "blue")],
        },
        "Users": [
            {"UserName": "bob", "ServiceIds": None},
            {"UserName": "eve", "ServiceIds": None},
        ],
        "ServiceIds": [
            service("shop", "client"),
            service("shop", "AWS::EC2::Instance"),
            service("stock", None),
            service("db@host", "Database::SQL"),
        ],
        "ResourceARNs": [{"ARN": "arn:shop"}],
        "InstanceIds": [{"Id": "i-1"}],
        "AvailabilityZones": [{"Name": "z"}],
        "EntryPoint": service("shop", "AWS::EC2::Instance"),
        "FaultRootCauses": [],
        "ErrorRootCauses": [],
        "ResponseTimeRootCauses": [],
        "Revision": 2,
        "MatchedEventTime": None,
        "MatchedService": None,
        "MatchedEdge": None,
    }


@pytest.mark.parametrize(
    "document", [independent("b", "a", 2, 3), segment("b", 2, 3, parent_id="a")]
)
def test_a_trace_without_a_root(document):
    summary = summary_of(document)
    assert summary["StartTime"] == NOW + 2
    assert summary["IsPartial"]
    assert summary["EntryPoint"] is None
    assert summary["ResponseTime"] is None
    assert set(summary["Http"].values()) == {None}
    assert "client" not in [service["Type"] for service in summary["ServiceIds"]]


@pytest.mark.parametrize(
    ("members", "fault", "error", "throttle"),
    [
        ({}, False, False, False),
        ({"fault": True}, True, False, False),
        ({"error": True}, False, True, False),
        ({"error": True, "throttle": True}, False, False, True),
        ({"fault": True, "error": True}, True, True, False),
        ({"fault": True, "throttle": True}, True, False, True),
        ({"http": {"response": {"status": 404}}}, False, True, False),
        ({"http": {"response": {"status": 429}}}, False, False, True),
        ({"http": {"response": {"status": 503}}}, True, False, False),
        ({"http": {"response": {"status": 600}}}, False, False, False),
    ],
)
def test_flags_are_the_roots(members, fault, error, throttle):
    flags = ("HasFault", "HasError", "HasThrottle")
    root = summary_of(segment("1", **members))
    assert tuple(root[flag] for flag in flags) == (fault, error, throttle)
    below = summary_of(
        segment("1", subsegments=[subsegment("a", namespace="remote", **members)]),
        segment("2", parent_id="a", **members),
    )
    assert tuple(below[flag] for flag in flags) == (False, False, False)


TRACED = {"request": {"traced": True}}


@pytest.mark.parametrize(
    ("documents", "partial"),
    [
        ([segment("1")], False),
        ([segment("1", end=None)], True),
        ([segment("1", subsegments=[subsegment("a", end=None)])], True),
        ([segment("1"), independent("a", "f")], True),
        ([segment("1"), segment("2", parent_id="f")], True),
        ([segment("1"), segment("2", parent_id="1")], False),
        ([segment("1", subsegments=[subsegment("a", http=TRACED)])], True),
        (
            [
                segment("1", subsegments=[subsegment("a", http=TRACED)]),
                segment("2", parent_id="a"),
            ],
            False,
        ),
        ([segment("1", subsegments=[subsegment("a", namespace="remote")])], False),
    ],
)
def test_partial_where_something_is_known_to_be_missing(documents, partial):
    assert summary_of(*documents)["IsPartial"] is partial


def test_each_root_has_a_client():
    nodes = summary_of(
        segment("1", name="a"), segment("2", name="b"), segment("3", name="b")
    )["ServiceIds"]
    assert [(node["Name"], node["Type"]) for node in nodes] == [
        ("a", "client"),
        ("b", "client"),
        ("a", None),
        ("b", None),
    ]


def test_a_root_that_ends_before_it_starts_has_no_response_time():
    assert summary_of(segment("1", 5, 3))["ResponseTime"] is None


def test_a_number_beyond_every_double_is_told_as_text():
    huge = 10**400
    (value,) = summary_of(segment("1", annotations={"n": huge}))["Annotations"]["n"]
    assert value["AnnotationValue"]["StringValue"] == str(huge)


@pytest.mark.parametrize(
    ("receipts", "expected"),
    [
        ([5], 1),
        ([5, 6, 7], 1),
        ([5, 6, 2_000_000], 2),
        ([5, 2_000_000, 2_000_001, 4_000_000], 3),
    ],
)
def test_revision_counts_the_receipts(receipts, expected):
    assert revision(receipts) == expected


def test_a_repeat_is_no_revision():
    first, second = segment("1"), independent("a", "1")
    assert summary_of(first, second, first, second)["Revision"] == 2


def test_the_time_of_the_matched_event_is_handed_through():
    summary = summarize(trace_of(segment("1")), matched_event_time=NOW + 0.5)
    assert summary["MatchedEventTime"] == NOW + 0.5
