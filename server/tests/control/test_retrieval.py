"""Trace retrieval: tokens, pages, both formats, the graph, cancelling."""

import json
from dataclasses import replace

import pytest

from fluoro.control.retrieval import (
    Retrieved,
    cancel_trace_retrieval,
    get_retrieved_traces_graph,
    list_retrieved_traces,
    start_trace_retrieval,
)
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError


def trace_id(number):
    return f"1-6ab00000-{number:024x}"


def trace(number, segments=1, start=100.0, **members):
    document = json.dumps({"name": "s", "start_time": start, **members})
    spans = [(f"{index:016x}", document) for index in range(segments)]
    return Retrieved(trace_id(number), start, 1.0, spans)


STORED = {
    stored.id: stored
    for stored in (
        *(trace(number) for number in range(7)),
        trace(7, segments=250),
        trace(8, start=999.0),
        trace(
            9,
            links=[
                {
                    "trace_id": trace_id(1),
                    "attributes": {"aws.xray.reserved.reference_type": "child"},
                }
            ],
        ),
    )
}


def read(ids, form):
    found = [STORED[one] for one in ids if one in STORED]
    if form == "XRAY":
        return found
    return [replace(one, spans=[("span", "{}")]) for one in found]


def graph(ids):
    return [{"ReferenceId": 0, "Name": "s", "Names": [str(len(ids))]}]


def start(context, *numbers, **times):
    request = {
        "TraceIds": [trace_id(number) for number in numbers],
        "StartTime": 0,
        "EndTime": 500,
        **times,
    }
    return start_trace_retrieval(request, context)["RetrievalToken"]


def page(context, token, **members):
    request = {"RetrievalToken": token, **members}
    return list_retrieved_traces(request, context, read)


def pages(context, token, **members):
    following = {}
    while True:
        answer = page(context, token, **following, **members)
        yield answer
        if answer["NextToken"] is None:
            return
        following = {"NextToken": answer["NextToken"]}


def test_five_traces_a_page(context, conforms):
    token = start(context, *range(7), 99, 3)
    answers = list(pages(context, token))
    assert [len(answer["Traces"]) for answer in answers] == [5, 2]
    first = conforms("ListRetrievedTraces", answers[0])
    assert (first["RetrievalStatus"], first["TraceFormat"]) == ("COMPLETE", "XRAY")
    assert first["Traces"][0] == {
        "Id": trace_id(0),
        "Duration": 1.0,
        "Spans": [{"Id": "0" * 16, "Document": '{"name": "s", "start_time": 100.0}'}],
    }


def test_a_large_trace_goes_on_on_the_next_page(context):
    token = start(context, 0, 7, 1)
    answers = list(pages(context, token))
    sizes = [[len(t["Spans"]) for t in answer["Traces"]] for answer in answers]
    assert sizes == [[1, 100], [100], [50, 1]]


def test_spans_of_opentelemetry(context):
    answer = page(context, start(context, 0), TraceFormat="OTEL")
    assert answer["TraceFormat"] == "OTEL"
    [span] = answer["Traces"][0]["Spans"]
    assert span == {"Id": "span", "Document": "{}"}


def test_only_traces_within_the_time_and_both_ends_count(context):
    token = start(context, 0, 8, StartTime=100, EndTime=100)
    assert [t["Id"] for t in page(context, token)["Traces"]] == [trace_id(0)]


def test_the_graph_is_wrapped_with_links(context, conforms):
    request = {"RetrievalToken": start(context, 0, 8, 9)}
    answer = get_retrieved_traces_graph(request, context, read, graph)
    assert conforms("GetRetrievedTracesGraph", answer) == {
        "RetrievalStatus": "COMPLETE",
        "Services": [
            {
                "Service": {"ReferenceId": 0, "Name": "s", "Names": ["2"]},
                "Links": [
                    {
                        "ReferenceType": "child",
                        "SourceTraceId": trace_id(9),
                        "DestinationTraceIds": [trace_id(1)],
                    }
                ],
            }
        ],
        "NextToken": None,
    }


def test_links_that_name_no_trace_are_left_out(context, monkeypatch):
    named = {"trace_id": trace_id(10).upper(), "id": "a" * 16}
    links = [{"id": "x"}, {"trace_id": "bad"}, {"trace_id": ""}, named]
    monkeypatch.setitem(STORED, trace_id(11), trace(11, links=links))
    request = {"RetrievalToken": start(context, 11)}
    answer = get_retrieved_traces_graph(request, context, read, graph)
    (service,) = answer["Services"]
    assert [link["DestinationTraceIds"] for link in service["Links"]] == [
        [trace_id(10)]
    ]


def test_a_cancelled_or_old_retrieval_is_empty(context, later):
    token = start(context, 0)
    assert page(later(3601), token)["RetrievalStatus"] == "TIMEOUT"
    assert cancel_trace_retrieval({"RetrievalToken": token}, context) == {}
    answer = page(context, token)
    assert (answer["RetrievalStatus"], answer["Traces"]) == ("CANCELLED", [])
    request = {"RetrievalToken": token}
    answer = get_retrieved_traces_graph(request, context, read, graph)
    assert (answer["RetrievalStatus"], answer["Services"]) == ("CANCELLED", [])


def test_unknown_tokens(context):
    request = {"RetrievalToken": "unknown"}
    for call in (
        lambda: cancel_trace_retrieval(request, context),
        lambda: page(context, "unknown"),
        lambda: get_retrieved_traces_graph(request, context, read, graph),
    ):
        with pytest.raises(ResourceNotFoundError) as caught:
            call()
        assert caught.value.extra == {"ResourceName": "unknown"}


def test_refused_retrievals(context):
    for request, text in (
        ({"TraceIds": ["nonsense"]}, "Invalid trace id nonsense: incorrect id format"),
        ({"StartTime": 501}, "End time cannot be earlier than start time"),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            start_trace_retrieval(
                {"TraceIds": [], "StartTime": 0, "EndTime": 500, **request}, context
            )
        assert caught.value.message == text
    with pytest.raises(InvalidRequestError, match="Invalid token x"):
        page(context, start(context, 0), NextToken="x")
    assert page(context, start(context))["Traces"] == []
