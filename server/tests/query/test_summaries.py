"""GetTraceSummaries: windows, clocks, sampling, pages and their tokens."""

import json

import pytest

from fluoro.model.decode import decode_document
from fluoro.model.errors import InvalidRequestError
from fluoro.model.ids import parse_trace_id
from fluoro.query.completion import complete_filter, explain_filter
from fluoro.query.summaries import SummaryLimits, get_trace_summaries
from fluoro.store.engine import OutOfTimeError
from fluoro.store.rows import flatten
from fluoro.store.writer import write

BASE = 1_790_000_000
RECEIVED = BASE + 5_000
WINDOW = {"StartTime": BASE, "EndTime": BASE + 3600}


def trace_id(number):
    return f"1-{BASE:08x}-{number:024x}"


def put(engine, *traces):
    """Store documents; trace `number` is received `number` seconds after RECEIVED."""
    documents, rows = [], []
    for number, members in traces:
        document = {
            "id": "a" * 16,
            "name": "shop",
            "trace_id": trace_id(number),
            "start_time": BASE + number,
            "end_time": BASE + number + 1.5,
            **members,
        }
        stamp = (RECEIVED + number) * 1_000_000 + len(documents)
        entity, text = decode_document(json.dumps(document).encode())
        documents.append([parse_trace_id(trace_id(number)), stamp, text.decode()])
        rows += [list(row) for row in flatten(entity, stamp)]
    write(engine, documents, rows)


def ids(answer):
    return [int(s["Id"][-24:], 16) for s in answer["TraceSummaries"]]


def ask(engine, groups=None, limits=None, **members):
    request = {**WINDOW, **members}
    return get_trace_summaries(engine, request, groups or {}, limits or SummaryLimits())


def refusal(engine, **members):
    with pytest.raises(InvalidRequestError) as caught:
        ask(engine, limits=SummaryLimits(hours_max=6), **members)
    return caught.value.message


def test_a_page_has_everything_newest_first(engine):
    put(engine, (1, {}), (3, {"fault": True}), (2, {"user": "alice"}))
    answer = ask(engine)
    assert ids(answer) == [3, 2, 1]
    assert answer["TracesProcessedCount"] == 3
    assert answer["ApproximateTime"] == BASE
    assert answer["NextToken"] is None
    assert answer["TraceSummaries"][0]["HasFault"]
    assert answer["TraceSummaries"][0]["MatchedEventTime"] is None
    assert ids(ask(engine, FilterExpression="fault")) == [3]
    assert ask(engine, FilterExpression="fault")["TracesProcessedCount"] == 3
    assert ids(ask(engine, {"mine": "user"}, FilterExpression='group.name="mine"')) == [
        2
    ]


def test_few_scanned_traces_are_counted_one_by_one(engine):
    """A trace counts once, with two roots, a copy of its root, or no root at all."""
    begun = {"end_time": None, "in_progress": True}
    put(engine, (1, {}), (1, {"id": "b" * 16}), (2, begun), (2, {}))
    put(engine, (3, {"parent_id": "c" * 16}), (4, {"end_time": BASE + 4000}))
    for clock, count in {"TraceId": 4, "Service": 3}.items():
        answer = ask(engine, FilterExpression="fault", TimeRangeType=clock)
        assert answer["TracesProcessedCount"] == count


def test_scanned_traces_of_one_time_are_counted_on_one_page_each(engine):
    put(engine, *((number, {"start_time": BASE + 1}) for number in range(2, 9)))
    counts, token = [], None
    while not counts or token:
        answer = ask(
            engine,
            limits=SummaryLimits(page_traces=3),
            FilterExpression='service("shop")',
            NextToken=token,
        )
        token = answer["NextToken"]
        counts.append(answer["TracesProcessedCount"])
    assert counts == [3, 3, 1]


ROOTS = """
INSERT INTO entities (trace_id, id, segment_id, version, start_us, end_us, flags)
WITH {base:Int64} * 1000000 + toInt64(number * {span_us:Int64} / {count:UInt64}) AS at
SELECT toFixedString(leftPad(toString(number), 16, '0'), 16), 1, 1, 1, at, at + 1, 8194
FROM numbers({count:UInt64})
"""


def put_roots(engine, count, at, seconds):
    """Store nothing but so many roots that begin evenly in a part of the window."""
    engine.command(
        ROOTS, {"base": BASE + at, "span_us": seconds * 1_000_000, "count": count}
    )


def test_very_many_scanned_traces_are_estimated(engine):
    put_roots(engine, 40_000, 0, 3600)
    count = ask(engine, FilterExpression="fault")["TracesProcessedCount"]
    assert 36_000 < count < 44_000
    half = ask(engine, FilterExpression="fault", EndTime=BASE + 1800)
    assert 18_000 < half["TracesProcessedCount"] < 22_000


@pytest.mark.parametrize("second", [0, 556, 900, 3599])
def test_scanned_traces_that_came_in_one_burst_are_counted(engine, second):
    """A quarter of an hour is sampled at 556 seconds: who meets a burst counts."""
    put_roots(engine, 9_000, second, 1)
    assert ask(engine, FilterExpression="fault")["TracesProcessedCount"] == 9_000


def test_the_window_is_half_open_by_each_clock(engine):
    put(engine, (0, {}), (10, {}))
    second = {"StartTime": BASE, "EndTime": BASE + 10}
    assert ids(ask(engine, **second)) == [0]
    assert ids(ask(engine, StartTime=BASE + 0.000001)) == [10]
    assert ids(ask(engine, StartTime=BASE + 10, EndTime=BASE + 10)) == []
    received = {"TimeRangeType": "Event", "EndTime": RECEIVED + 20}
    assert ids(ask(engine, **received, StartTime=RECEIVED)) == [10, 0]
    assert ids(ask(engine, **received, StartTime=RECEIVED + 1)) == [10]
    summary = ask(engine, **received, StartTime=RECEIVED + 1)["TraceSummaries"][0]
    assert summary["MatchedEventTime"] == RECEIVED + 10 + 1e-6
    ended = {"TimeRangeType": "Service", "StartTime": BASE + 1.5, "EndTime": BASE + 2}
    answer = ask(engine, **ended)
    assert ids(answer) == [0]
    assert answer["ApproximateTime"] == BASE + 1 - 60


def test_a_later_receipt_moves_a_trace_to_a_later_event_window(engine):
    late = {"id": "b" * 16, "parent_id": "a" * 16}
    put(engine, (1, {}), (1, late))
    window = {"TimeRangeType": "Event", "StartTime": RECEIVED, "EndTime": RECEIVED + 10}
    assert ids(ask(engine, **window)) == [1]
    early = {**window, "EndTime": RECEIVED + 1 + 1e-6}
    assert ids(ask(engine, **early)) == []


def test_pages_cover_the_window_once(engine):
    put(engine, *((number % 7, {"id": f"{number:016x}"}) for number in range(1, 8)))
    put(engine, *((number, {"fault": number % 2 == 0}) for number in range(10, 30)))
    for expression in ("", "fault"):
        whole = ids(ask(engine, FilterExpression=expression))
        seen, token = [], None
        while True:
            answer = ask(
                engine,
                limits=SummaryLimits(page_traces=3),
                FilterExpression=expression,
                NextToken=token,
            )
            assert len(answer["TraceSummaries"]) <= 3
            seen += ids(answer)
            token = answer["NextToken"]
            if token is None:
                break
        assert seen == whole


def test_a_budget_ends_a_page_that_can_be_gone_on_with(engine):
    put(engine, *((number, {}) for number in range(1, 60)))
    seen, token, pages = [], None, 0
    while pages == 0 or token:
        limits = SummaryLimits(seconds=0)
        asked = {"EndTime": BASE + 60, "FilterExpression": "!fault"}
        answer = ask(engine, limits=limits, NextToken=token, **asked)
        seen, token, pages = seen + ids(answer), answer["NextToken"], pages + 1
    assert seen == list(range(59, 0, -1))
    assert pages > 1


@pytest.mark.parametrize(
    ("slow", "expression"),
    [
        ("LIMIT {most", ""),
        ("LIMIT {most", "ok"),
        ("ORDER BY at DESC", "!fault"),
        ("ORDER BY trace_id DESC", "ok"),
        ("SELECT", "ok"),
    ],
    ids=["all", "candidates", "the condition", "the end of the window", "anything"],
)
def test_what_takes_too_long_ends_the_page_with_less(
    engine, monkeypatch, slow, expression
):
    """Statements that are `slow` get no time, where their time is bounded."""
    put(engine, *((number, {}) for number in range(1, 32)))
    query, late = engine.query, []

    def hurried(sql, parameters=None, settings=None, octets=()):
        limit = "max_execution_time"
        if settings and settings.get(limit, 60) < 60:
            settings = {**settings, limit: 1e-6 if slow in sql else 60}
        try:
            return query(sql, parameters, settings, octets)
        except OutOfTimeError:
            late.append(sql)
            raise

    monkeypatch.setattr(engine, "query", hurried)
    asked = {"EndTime": BASE + 62, "FilterExpression": expression}
    seen, token, pages = [], None, 0
    while pages == 0 or token:
        answer = ask(engine, NextToken=token, **asked)
        seen, token, pages = seen + ids(answer), answer["NextToken"], pages + 1
    assert seen == list(range(31, 0, -1))
    assert pages > 1
    assert late


def test_a_token_belongs_to_its_request(engine):
    put(engine, *((number, {}) for number in range(5)))
    page = SummaryLimits(page_traces=2)
    token = ask(engine, limits=page)["NextToken"]
    again = ask(engine, limits=page, NextToken=token)
    assert ids(again) == [2, 1]
    for change in ({"FilterExpression": "ok"}, {"EndTime": BASE + 3601}):
        assert refusal(engine, NextToken=token, **change) == f"Invalid token {token}"
    for broken in ("x", token[:-4], "B" + token[1:], "é"):
        assert refusal(engine, NextToken=broken) == f"Invalid token {broken}"


@pytest.mark.parametrize(
    "members",
    [
        {"StartTime": float(BASE), "EndTime": BASE + 3600.0},
        {"TimeRangeType": "TraceId"},
        {"Sampling": False},
        {"Sampling": True},
        {"SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}},
        {"FilterExpression": " (OK = True)\n"},
    ],
)
def test_a_token_is_bound_to_what_is_asked_and_not_to_how(engine, members):
    put(engine, *((number, {}) for number in range(5)))
    page = SummaryLimits(page_traces=2)
    plain = {"FilterExpression": "ok = true"}
    token = ask(engine, limits=page, **plain)["NextToken"]
    assert ids(ask(engine, limits=page, NextToken=token, **plain | members)) == [2, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"StartTime": BASE + 0.001},
        {"TimeRangeType": "Service"},
        {"FilterExpression": 'ok = true AND user != "x"'},
        {"Sampling": True, "SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}},
    ],
)
def test_a_token_is_refused_where_something_else_is_asked(engine, change):
    put(engine, *((number, {}) for number in range(5)))
    asked = {
        "FilterExpression": "ok = true",
        "TimeRangeType": "Event",
        "EndTime": RECEIVED + 5,
    }
    token = ask(engine, limits=SummaryLimits(page_traces=2), **asked)["NextToken"]
    message = refusal(engine, **asked | change | {"NextToken": token})
    assert message == f"Invalid token {token}"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"EndTime": BASE - 1}, "End time cannot be earlier than start time"),
        ({"EndTime": BASE + 21_601}, "Time range cannot be longer than 6 hours"),
        (
            {"FilterExpression": "fault {"},
            (
                "Error Location: line 1, position 7 : Invalid input symbol: '{'"
                " (expected =, !=, AND, OR or the end)"
            ),
        ),
        (
            {"Sampling": True, "SamplingStrategy": {"Name": "FixedRate"}},
            "sampling rate must be specified and its value must be between [0, 1]",
        ),
        (
            {"Sampling": True, "SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}},
            (
                "Cannot use FixedRate with input time range type: TraceId. Please try"
                " using time range type: Event"
            ),
        ),
    ],
)
def test_what_is_refused(engine, members, message):
    assert refusal(engine, **members) == message


def test_long_windows_are_allowed_unless_a_setting_refuses(engine):
    put(engine, (1, {}))
    assert ids(ask(engine, StartTime=0, EndTime=BASE * 2)) == [1]


def test_sampling_keeps_the_same_share_each_time(engine):
    put(engine, *((number, {}) for number in range(200)))
    window = {
        "TimeRangeType": "Event",
        "StartTime": RECEIVED,
        "EndTime": RECEIVED + 3600,
    }

    def sampled(value, **members):
        strategy = {"Name": "FixedRate", "Value": value}
        asked = {"Sampling": True, "SamplingStrategy": strategy, **window, **members}
        return ids(ask(engine, limits=SummaryLimits(page_traces=500), **asked))

    assert len(sampled(1)) == len(sampled(0, Sampling=False)) == 200
    assert sampled(0) == []
    assert 60 < len(sampled(0.5)) < 140
    assert sampled(0.5) == sampled(0.5)
    assert set(sampled(0.2)) < set(sampled(0.5))
    partial = {"Name": "PartialScan", "Value": 7}
    assert sampled(None, SamplingStrategy=partial) == sampled(1)


def test_completion_offers_observed_values_with_counts(engine):
    put(
        engine,
        (1, {"user": "alice", "annotations": {"tier": "gold", "a-b": 1}}),
        (2, {"user": 'al"x', "annotations": {"tier": "gold"}}),
        (3, {"user": "bob", "name": "Alpha"}),
    )
    window = BASE * 1_000_000, (BASE + 60) * 1_000_000

    def offered(text):
        found = complete_filter(engine, list, text, len(text), window)
        kinds = [i for i in found["items"] if i["kind"] == "observed"]
        return found["start"], [(i["text"], i["count"]) for i in kinds]

    assert offered("service(") == (8, [('"shop"', 2), ('"Alpha"', 1)])
    assert offered('service("al') == (8, [('"Alpha"', 1)])
    assert offered('user = "al') == (7, [(r'"al\"x"', 1), ('"alice"', 1)])
    assert offered("annotation.") == (
        0,
        [("annotation.tier", 2), ("annotation[a-b]", 1)],
    )
    assert offered("annotation.tier = ") == (18, [('"gold"', 2)])
    assert offered("annotation[a-b] = ") == (18, [("1", 1)])
    assert complete_filter(engine, list, "fau", 3, window)["items"][0] == {
        "text": "fault",
        "kind": "keyword",
        "detail": "the response was a 5xx",
        "count": None,
    }
    earlier = tuple(us - 3 * 86_400_000_000 for us in window)
    found = complete_filter(engine, list, "service(", 8, earlier)
    assert [i["kind"] for i in found["items"]] == ["function"]


def test_explanation_is_json():
    assert json.loads(json.dumps(explain_filter("fault {")))["error"]["position"] == 7
