"""What recordings of the real service show of graphs and series, case by case."""

import botocore.session
import msgspec
import pytest
from botocore.validate import ParamValidator

from fluoro.model.errors import InvalidRequestError
from fluoro.model.limits import CLIMB_DEPTH_MAX
from fluoro.query.graph import get_service_graph, get_trace_graph
from fluoro.query.timeseries import ALL_TRAFFIC, get_time_series
from fluoro.store import rollups
from fluoro.store.calls import NODE
from fluoro.store.graph import Selection
from fluoro.store.rollups import Traces
from query.graph_store import graph, put_at, roll, series
from query.graph_traces import BASE, MICRO, entity_id, trace_id

MEMBERS = {
    *("AccountId", "DurationHistogram", "Edges", "EndTime", "HostedIn"),
    *("KeyAttributes", "Name", "Names", "ReferenceId", "Region"),
    *("ResponseTimeHistogram", "Root", "StartTime", "State", "SummaryStatistics"),
    "Type",
}


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    """The tests' inserts are over when the next statement runs."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)


def segment(trace, name, start=0.0, took=1.0, **members):
    start += BASE
    times = {"start_time": start, "end_time": start + took}
    return {"id": entity_id(), "trace_id": trace, "name": name, **times, **members}


def part(name, start=0.0, took=1.0, **members):
    times = {"start_time": BASE + start, "end_time": BASE + start + took}
    return {"id": entity_id(), "name": name, **times, **members}


def seen(engine, start=0, end=600, **arguments):
    """The nodes received from `start` until `end`, seconds after BASE."""
    answer = graph(engine, (BASE + start) * MICRO, (BASE + end) * MICRO, **arguments)
    return answer["Services"]


def shape(services):
    """(name, type, state, root, count) of each node, and who calls whom how often."""
    names = [(s["Name"], s["Type"]) for s in services]
    nodes = [
        (
            *(s["Name"], s["Type"], s["State"], s["Root"]),
            (s["SummaryStatistics"] or {}).get("TotalCount"),
        )
        for s in services
    ]
    edges = [
        (s["Type"], names[e["ReferenceId"]], e["SummaryStatistics"]["TotalCount"])
        for s in services
        for e in s["Edges"]
    ]
    return nodes, edges


def test_parts_a_minute_apart(engine):
    """The later window shows the root with zeros; both together are one graph."""
    trace = trace_id()
    root = segment(trace, "front", took=2)
    call = part("back", took=1.5, namespace="remote")
    child = {**call, "type": "subsegment", "trace_id": trace, "parent_id": root["id"]}
    put_at(engine, 0, root)
    put_at(engine, 75, child)
    client = ("front", "client", "unknown", None, None)
    back = ("back", "remote", "passive", None, 1)
    called = (None, ("back", "remote"), 1)
    reached = ("client", ("front", None), 1)
    for _ in range(2):
        front = ("front", None, "active", True, 1)
        assert shape(seen(engine, 0, 60)) == ([front, client], [reached])
        assert shape(seen(engine)) == ([back, front, client], [called, reached])
        later = seen(engine, 60, 120)
        front = ("front", None, "active", True, 0)
        assert shape(later) == ([back, front], [called])
        assert later[1]["SummaryStatistics"]["TotalResponseTime"] == 0.0
        assert later[1]["DurationHistogram"] == later[1]["ResponseTimeHistogram"] == []
        roll(engine, BASE + 600)


def test_nothing_until_the_root_is_completed(engine):
    trace = trace_id()
    call = part("back", namespace="remote")
    root = segment(trace, "front", subsegments=[call])
    early = {k: v for k, v in root.items() if k != "end_time"} | {"in_progress": True}
    put_at(engine, 0, early)
    assert get_trace_graph(engine, {"TraceIds": [trace]})["Services"] == []
    put_at(engine, 70, root)
    roll(engine, BASE + 600)
    assert seen(engine, 0, 60) == []
    assert len(seen(engine, 60, 120)) == 3
    assert len(get_trace_graph(engine, {"TraceIds": [trace]})["Services"]) == 3


def test_a_late_answer_takes_the_inferred_nodes_place(engine):
    """Also in a minute that is rolled up, by itself and in the hour around it."""
    trace = trace_id()
    call = part("api.example.com", namespace="remote", took=2)
    put_at(engine, 0, segment(trace, "front", took=3, subsegments=[call]))
    roll(engine, BASE + 3600)
    assert seen(engine)[0]["Name"] == "api.example.com"
    put_at(engine, 200, segment(trace, "back", parent_id=call["id"]))
    for _ in range(2):
        names = [service["Name"] for service in seen(engine, 0, 3600)]
        assert names == ["back", "front", "front"]
        front = next(s for s in seen(engine) if s["Root"])
        assert front["Edges"][0]["Aliases"] == [
            {
                "Name": "api.example.com",
                "Names": ["api.example.com"],
                "Type": "remote",
            }
        ]
        assert front["Edges"][0]["ResponseTimeHistogram"] == [
            {"Value": 2.0, "Count": 1}
        ]
        roll(engine, BASE + 3700)


def test_rollups_answer_by_themselves(engine):
    for minute in range(4):
        calls = [part("DynamoDB", namespace="aws") for _ in range(3)]
        put_at(engine, 60 * minute, segment(trace_id(), "front", subsegments=calls))
    want = seen(engine)
    selection = Selection((NODE,), "DynamoDB")
    request = {"StartTime": BASE, "EndTime": BASE + 600}
    rows = series(engine, request, selection)
    roll(engine, BASE + 3600)
    engine.command("TRUNCATE TABLE entities")
    assert seen(engine) == want
    assert seen(engine, 0, 3600) == want
    assert series(engine, request, selection) == rows
    assert len(rows) == 4


def test_two_servers_roll_the_same(engine):
    put_at(engine, 0, *(segment(trace_id(), "front") for _ in range(5)))
    want = seen(engine)
    roll(engine, BASE + 600)
    engine.command("TRUNCATE TABLE graph_state")
    roll(engine, BASE + 600)
    assert seen(engine) == want


def test_order_numbers_and_envelope(engine):
    """Code point order, a client after its service; EndTime is the last start's."""
    trace = trace_id()
    calls = [
        part("DynamoDB", namespace="aws"),
        part(
            "SNS",
            namespace="aws",
            aws={"operation": "Publish", "topic_arn": "arn:aws:sns:x"},
        ),
        part(
            "SQS",
            namespace="aws",
            aws={"operation": "SendMessage", "queue_url": "https://sqs/q"},
        ),
    ]
    put_at(engine, 0, segment(trace, "shop", 0.6, 10.24, subsegments=calls))
    put_at(engine, 1, segment(trace_id(), "shop", 7.9))
    answer = graph(engine, BASE * MICRO, (BASE + 600) * MICRO)
    services = answer["Services"]
    assert [(s["Name"], s["Type"]) for s in services] == [
        ("DynamoDB", "AWS::DynamoDB"),
        ("arn:aws:sns:x", "AWS::SNS"),
        ("https://sqs/q", "AWS::SQS::Queue"),
        ("shop", None),
        ("shop", "client"),
    ]
    assert [s["ReferenceId"] for s in services] == list(range(5))
    assert {frozenset(s) for s in services} == {frozenset(MEMBERS)}
    assert (answer["StartTime"], answer["EndTime"]) == (BASE, BASE + 7)
    shop, client = services[3], services[4]
    for bounded in (shop, client, *shop["Edges"]):
        assert (bounded["StartTime"], bounded["EndTime"]) == (BASE, BASE + 8)
    assert client["SummaryStatistics"] is client["DurationHistogram"] is None
    assert set(shop["Edges"][0]) == {
        *("Aliases", "EndTime", "ReferenceId", "ResponseTimeHistogram"),
        *("StartTime", "SummaryStatistics"),
    }


@pytest.mark.parametrize(
    "window", [(BASE, BASE), (0, 0), (-5, 0), (-5, 5), (-9 * 10**12, 9 * 10**12)]
)
@pytest.mark.parametrize("traces", [None, Traces("SELECT trace_id FROM entities", {})])
def test_an_empty_window(engine, window, traces):
    start, end = (at * MICRO for at in window)
    assert graph(engine, start, end, traces=traces) == {
        "StartTime": None,
        "EndTime": None,
        "Services": [],
        "ContainsOldGroupVersions": False,
        "NextToken": None,
    }


def test_outcomes_and_sums(engine):
    """Each counts once, throttle first; sums are rounded once, bins half up."""
    marks = [{}, {"error": True}, {"error": True, "throttle": True}, {"fault": True}]
    marks += [{"fault": True, "error": True}]
    put_at(engine, 0, *(segment(trace_id(), "s", took=0.01566791, **m) for m in marks))
    service = seen(engine)[0]
    assert service["SummaryStatistics"] == {
        "OkCount": 1,
        "ErrorStatistics": {"ThrottleCount": 1, "OtherCount": 1, "TotalCount": 2},
        "FaultStatistics": {"OtherCount": 2, "TotalCount": 2},
        "TotalCount": 5,
        "TotalResponseTime": 0.078,
    }
    assert service["ResponseTimeHistogram"] == [{"Value": 0.016, "Count": 5}]


def test_lambda_makes_two_nodes(engine):
    trace = trace_id()
    entry = segment(trace, "fn", took=2, origin="AWS::Lambda")
    function = segment(
        trace, "fn", 0.5, parent_id=entry["id"], origin="AWS::Lambda::Function"
    )
    put_at(engine, 0, entry, function)
    nodes, edges = shape(seen(engine))
    assert [node[:4] for node in nodes] == [
        ("fn", "AWS::Lambda", "active", True),
        ("fn", "client", "unknown", None),
        ("fn", "AWS::Lambda::Function", "active", None),
    ]
    assert edges == [
        ("AWS::Lambda", ("fn", "AWS::Lambda::Function"), 1),
        ("client", ("fn", "AWS::Lambda"), 1),
    ]


def test_a_link_from_a_queue(engine):
    """Whoever is received first; the age is the time since the message was sent."""
    for producer_first in (True, False):
        engine.command("TRUNCATE TABLE entities")
        send = part(
            "SQS",
            namespace="aws",
            aws={"operation": "SendMessage", "queue_url": "https://sqs/q"},
        )
        producer = segment(trace_id(), "producer", subsegments=[send])
        links = [{"trace_id": producer["trace_id"], "id": send["id"]}]
        consumer = segment(trace_id(), "worker", 4.25, links=links)
        first, second = (producer, consumer) if producer_first else (consumer, producer)
        put_at(engine, 0, first)
        put_at(engine, 70, second)
        queue = next(s for s in seen(engine) if s["Name"] == "https://sqs/q")
        (edge,) = queue["Edges"]
        assert edge["EdgeType"] == "link"
        assert edge["ReceivedEventAgeHistogram"] == [{"Value": 4.25, "Count": 1}]


def test_work_that_outlives_the_response(engine):
    late = part("flush", 0.5, 3)
    put_at(engine, 0, segment(trace_id(), "s", subsegments=[late]))
    service = seen(engine)[0]
    assert service["ResponseTimeHistogram"] == [{"Value": 1.0, "Count": 1}]
    assert service["DurationHistogram"] == [{"Value": 3.5, "Count": 1}]


def test_a_segment_and_its_work_that_end_before_they_start(engine):
    """Neither a response nor what outlives it takes less than no time."""
    work = part("work", -2, -2)
    put_at(engine, 0, segment(trace_id(), "s", took=-5, subsegments=[work]))
    service = seen(engine)[0]
    assert service["ResponseTimeHistogram"] == [{"Value": 0.0, "Count": 1}]
    assert service["DurationHistogram"] == [{"Value": 0.0, "Count": 1}]


def test_calls_as_far_below_a_segment_as_searches_look(engine):
    trace = trace_id()
    found = [segment(trace, "front", took=2)]
    for number in range(1, CLIMB_DEPTH_MAX + 1):
        below = {"trace_id": trace, "type": "subsegment", "parent_id": found[-1]["id"]}
        call = {"namespace": "remote"} if number == CLIMB_DEPTH_MAX else {}
        found.append(part("back", **below, **call))
    put_at(engine, 0, *found)
    (back, front, _) = seen(engine)
    assert shape([back])[0] == [("back", "remote", "passive", None, 1)]
    assert front["Edges"][0]["SummaryStatistics"]["TotalCount"] == 1


def test_a_sum_of_times_beyond_64_bits_stops_there(engine):
    """Microseconds: eighty requests that lasted for six thousand years are enough."""
    for second in (0, 70):
        documents = [
            {**segment(trace_id(), "s"), "start_time": -9e10, "end_time": 9e10}
            for _ in range(80)
        ]
        put_at(engine, second, *documents)
    for until_s in (None, BASE + 600, BASE + 3700):
        if until_s:
            roll(engine, until_s)
        counted = seen(engine, 0, 60)[0]["SummaryStatistics"]
        assert counted["TotalCount"] == 80
        assert counted["TotalResponseTime"] == 9_223_372_036_854.776
        whole = seen(engine, 0, 3600)[0]["SummaryStatistics"]
        assert whole["TotalCount"] == 160
        assert whole["TotalResponseTime"] >= counted["TotalResponseTime"]


def test_the_region_of_a_traces_nodes(engine):
    trace = trace_id()
    call = part("S3", namespace="aws", aws={"region": "eu-west-1"})
    put_at(engine, 0, segment(trace, "front", subsegments=[call]))
    services = get_trace_graph(engine, {"TraceIds": [trace]})["Services"]
    assert [(s["Name"], s["Region"]) for s in services] == [
        ("S3", "eu-west-1"),
        ("front", None),
        ("front", None),
    ]
    assert {s["Region"] for s in seen(engine)} == {None}


def test_a_group_is_a_scope(engine):
    put_at(
        engine, 0, segment(trace_id(), "good"), segment(trace_id(), "bad", fault=True)
    )
    roll(engine, BASE + 600)
    members = Traces(
        "SELECT trace_id FROM entities"
        " WHERE bitAnd(flags, 128) != 0 AND name != {not:String}",
        {"not": "other"},
    )
    assert [s["Name"] for s in seen(engine, traces=members)] == ["bad", "bad"]
    request = {"StartTime": BASE, "EndTime": BASE + 600}
    (row,) = series(engine, request, ALL_TRAFFIC, members)
    assert row["EdgeSummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1


@pytest.mark.parametrize(
    ("request_members", "text"),
    [
        ({"StartTime": 2, "EndTime": 1}, "End time cannot be earlier than start time"),
        (
            {"StartTime": 0, "EndTime": 1, "NextToken": "x"},
            "NextToken is currently not supported",
        ),
        (
            {"StartTime": 0, "EndTime": 7 * 3600},
            "Time range cannot be longer than 6 hours",
        ),
    ],
)
def test_refused_service_graphs(engine, request_members, text):
    with pytest.raises(InvalidRequestError) as refused:
        get_service_graph(engine, request_members, hours_max=6)
    assert refused.value.message == text


def test_times_out_of_bounds_are_the_bounds(engine):
    request = {"StartTime": -1e300, "EndTime": 1e300}
    assert get_service_graph(engine, request)["Services"] == []


@pytest.mark.parametrize(
    ("request_members", "text"),
    [
        ({"TraceIds": []}, "Zero trace ids provided"),
        ({"TraceIds": ["a", "b"]}, "Currently only one trace Id is supported"),
        ({"TraceIds": ["a"]}, "Invalid traceId. ErrorCode: InvalidId"),
        ({"TraceIds": [trace_id()]}, "Trace id not found"),
        (
            {"TraceIds": [trace_id()], "NextToken": "x"},
            "NextToken is currently not supported",
        ),
    ],
)
def test_refused_trace_graphs(engine, request_members, text):
    with pytest.raises(InvalidRequestError) as refused:
        get_trace_graph(engine, request_members)
    assert refused.value.message == text


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Period": 0}, "Time period must be one of [60, 300]"),
        ({"Period": 3600}, "Time period must be one of [60, 300]"),
        ({"NextToken": "x"}, "Invalid token x"),
        ({"EndTime": -1}, "End time cannot be earlier than start time"),
    ],
)
def test_refused_series(engine, members, text):
    with pytest.raises(InvalidRequestError) as refused:
        get_time_series(engine, {"StartTime": 0, "EndTime": 1, **members})
    assert refused.value.message == text


def labels(engine, start, end, **members):
    request = {"StartTime": BASE + start, "EndTime": BASE + end, **members}
    return [row["Timestamp"] - BASE for row in series(engine, request)]


def test_the_window_of_a_series(engine):
    """A row labelled T holds the minute before T; bounds are cut to whole seconds."""
    put_at(engine, 3000, segment(trace_id(), "front"))
    put_at(engine, 3065, segment(trace_id(), "front"))
    assert labels(engine, 3060, 3120) == [3060]
    for window in ((3000, 3060), (3060, 3060), (3061, 3120), (3059.5, 3060.5)):
        assert labels(engine, *window) == []
    assert labels(engine, 3000, 9000) == [3120, 3060]
    assert labels(engine, 2940, 3120, Period=300) == [3300]
    put_at(engine, 2999, segment(trace_id(), "front"))
    assert labels(engine, 2940, 3130, Period=300) == [3300, 3000]


def test_answers_fit_botocores_model(engine):
    """With what botocore drops, its nulls, left out."""
    put_at(
        engine, 0, segment(trace_id(), "s", subsegments=[part("S3", namespace="aws")])
    )
    model = botocore.session.get_session().get_service_model("xray")
    window = {"StartTime": BASE, "EndTime": BASE + 600}
    trace = engine.query("SELECT hex(trace_id) FROM entities")[0][0].lower()
    for operation, answer in (
        ("GetServiceGraph", get_service_graph(engine, window)),
        ("GetTraceGraph", get_trace_graph(engine, {"TraceIds": [trace]})),
        ("GetTimeSeriesServiceStatistics", get_time_series(engine, window)),
    ):
        output = model.operation_model(operation).output_shape
        report = ParamValidator().validate(
            modelled(msgspec.to_builtins(answer)), output
        )
        assert not report.has_errors(), report.generate_report()


def modelled(value):
    """Without nulls and the members that X-Ray writes beside its model."""
    if isinstance(value, dict):
        beside = ("HostedIn", "KeyAttributes", "Region")
        return {
            k: modelled(v)
            for k, v in value.items()
            if v is not None and k not in beside
        }
    return [modelled(item) for item in value] if isinstance(value, list) else value
