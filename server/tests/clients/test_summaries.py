"""GetTraceSummaries by boto3: clocks, what matched, sampling, tokens, refusals."""

import json
import secrets
import time

import boto3
import pytest

from running import eventually


@pytest.fixture
def shop(xray):
    """A trace of its own: `front` calls `back`, which fails; when it started, its key.

    It started an hour ago, so that what is received and what ended are told apart.
    """
    start, key = time.time() - 3600, secrets.token_hex(8)
    ids = [secrets.token_hex(8) for _ in range(3)]
    common = {"trace_id": f"1-{int(start):08x}-{secrets.token_hex(12)}"}
    call = {
        "id": ids[1],
        "name": "back.example",
        "namespace": "remote",
        "start_time": start + 0.25,
        "end_time": start + 1.75,
        "throttle": True,
        "error": True,
    }
    front = {"id": ids[0], "name": f"front-{key}", "start_time": start}
    front |= {"end_time": start + 2, "subsegments": [call], "annotations": {"key": key}}
    back = {"id": ids[2], "name": "back", "parent_id": ids[1], "fault": True}
    back |= {"start_time": start + 0.5, "end_time": start + 1.5}
    back |= {"annotations": {"shelf": 7, "cold": True}}
    documents = [json.dumps(each | common) for each in (front, back)]
    answer = xray.put_trace_segments(TraceSegmentDocuments=documents)
    assert answer["UnprocessedTraceSegments"] == []

    def whole():
        found = list_all(xray, start, FilterExpression=f'annotation.key = "{key}"')
        return found and not found[0]["IsPartial"]

    eventually(whole)
    return start, key


def list_all(xray, start, **members):
    pages = xray.get_paginator("get_trace_summaries").paginate(
        **{"StartTime": start - 1, "EndTime": start + 1, **members}
    )
    return [summary for page in pages for summary in page["TraceSummaries"]]


@pytest.fixture
def raw(xray):
    """Ask, and return the summaries as they stand in the body."""
    bodies = []

    def keep(response_dict, **_):
        bodies.append(json.loads(response_dict["body"]))

    xray.meta.events.register("response-received.xray.GetTraceSummaries", keep)

    def ask(**members):
        xray.get_trace_summaries(**members)
        return bodies[-1]["TraceSummaries"]

    return ask


def test_each_clock_finds_a_trace_by_its_own_time(xray, shop):
    start, key = shop
    mine = {"FilterExpression": f'annotation.key = "{key}"'}
    now = time.time()
    by = {
        clock: [
            len(
                list_all(
                    xray, at, TimeRangeType=clock, StartTime=at, EndTime=until, **mine
                )
            )
            for at, until in (
                (start - 1, start + 1),
                (start + 1, start + 3),
                (now - 600, now + 60),
            )
        ]
        for clock in ("TraceId", "Service", "Event")
    }
    assert by == {"TraceId": [1, 0, 0], "Service": [0, 1, 0], "Event": [0, 0, 1]}


def test_the_service_clock_says_which_entities_matched(raw, shop):
    start, key = shop
    window = {"StartTime": start - 1, "EndTime": start + 3, "TimeRangeType": "Service"}
    asked = f'service("back") {{ fault }} AND edge("front-{key}", "back")'
    (found,) = raw(**window, FilterExpression=asked)
    shelf = {"StringValue": None, "NumberValue": 7.0, "BooleanValue": None}
    cold = {"StringValue": None, "NumberValue": None, "BooleanValue": True}
    annotations = {
        "shelf": [{"AnnotationValue": shelf, "ServiceIds": None}],
        "cold": [{"AnnotationValue": cold, "ServiceIds": None}],
    }
    assert found["MatchedService"] == {
        "Annotations": annotations,
        "HasError": False,
        "HasFault": True,
        "HasThrottle": False,
        "ResponseTime": 1.0,
    }
    assert found["MatchedEdge"] == {
        "DestinationAnnotations": annotations,
        "HasError": False,
        "HasFault": False,
        "HasThrottle": True,
        "ResponseTime": 1.5,
    }

    for members in (
        {"FilterExpression": asked, "TimeRangeType": "TraceId"},
        {"FilterExpression": f'annotation.key = "{key}"'},
        {"FilterExpression": f'annotation.key = "{key}" AND !service("nobody")'},
    ):
        (found,) = raw(**{**window, **members})
        assert (found["MatchedService"], found["MatchedEdge"]) == (None, None)


def test_a_client_that_matched_is_its_root(raw, shop):
    start, key = shop
    window = {"StartTime": start - 1, "EndTime": start + 3, "TimeRangeType": "Service"}
    client = f'id(name: "front-{key}", type: "client")'
    asked = f'edge({client}, "front-{key}") OR service({client})'
    (found,) = raw(**window, FilterExpression=asked)
    assert found["MatchedService"]["ResponseTime"] == 2.0
    assert list(found["MatchedService"]["Annotations"]) == ["key"]
    assert found["MatchedEdge"]["ResponseTime"] == 2.0


def test_sampling_by_both_strategies(xray, shop):
    start, key = shop
    now = time.time()
    mine = {"FilterExpression": f'annotation.key = "{key}"', "Sampling": True}
    received = {"StartTime": now - 600, "EndTime": now + 60, "TimeRangeType": "Event"}

    def found(**members):
        return len(list_all(xray, start, **mine, **members))

    assert found() == 1
    assert found(SamplingStrategy={"Name": "PartialScan"}) == 1
    fixed = {"Name": "FixedRate", "Value": 1.0}
    assert found(SamplingStrategy=fixed, **received) == 1
    assert found(SamplingStrategy={**fixed, "Value": 0.0}, **received) == 0
    refused = xray.exceptions.InvalidRequestException
    with pytest.raises(refused, match="Please try using time range type: Event"):
        found(SamplingStrategy=fixed)
    with pytest.raises(refused, match="must be between"):
        found(SamplingStrategy={**fixed, "Value": 1.5}, **received)


def test_a_page_says_what_it_covers(xray, shop):
    start, key = shop
    window = {"StartTime": start - 1, "EndTime": start + 1}
    for asked, count in ((f'annotation.key = "{key}"', 1), ('user = "nobody"', 0)):
        answer = xray.get_trace_summaries(**window, FilterExpression=asked)
        assert answer["ApproximateTime"].timestamp() == int(start - 1)
        assert len(answer["TraceSummaries"]) == count
        assert answer["TracesProcessedCount"] >= 1
        assert "NextToken" not in answer


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"EndTime": 1}, "End time cannot be earlier than start time"),
        ({"NextToken": "made-up"}, "Invalid token made-up"),
        ({"FilterExpression": "fualt"}, "did you mean fault"),
    ],
)
def test_refusals_are_typed(xray, members, message):
    window = {"StartTime": 1_000, "EndTime": 2_000, **members}
    with pytest.raises(xray.exceptions.InvalidRequestException, match=message):
        xray.get_trace_summaries(**window)


def test_a_setting_refuses_windows_of_more_than_six_hours(start_server):
    server = start_server("--window-hours-max", "6")
    client = boto3.client(
        "xray",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
    )
    now = int(time.time())
    client.get_trace_summaries(StartTime=now - 21_600, EndTime=now)
    with pytest.raises(client.exceptions.InvalidRequestException, match="6 hours"):
        client.get_trace_summaries(StartTime=now - 21_601, EndTime=now)
    client.close()
