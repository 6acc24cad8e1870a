"""The graph of retrieved traces, indexed or not."""

import secrets
import time

from running import eventually


def post(server, path, **request):
    status, _, body = server.post(path, request)
    assert status == 200, body
    return body


def retrieved(server, operation, *trace_ids):
    """What an operation answers of a new retrieval of traces."""
    window = {"StartTime": 0, "EndTime": time.time() + 60}
    started = post(server, "/StartTraceRetrieval", TraceIds=trace_ids, **window)
    return post(server, f"/{operation}", RetrievalToken=started["RetrievalToken"])


def test_traces_that_are_not_indexed(start_server):
    """Their documents are all there is of them; links that name no trace are none."""
    server = start_server()
    destination = {"Destination": "CloudWatchLogs"}
    post(server, "/UpdateTraceSegmentDestination", **destination)
    rule = {"Probabilistic": {"DesiredSamplingPercentage": 0}}
    post(server, "/UpdateIndexingRule", Name="Default", Rule=rule)
    now = time.time()
    trace, other = (f"1-{int(now):08x}-{secrets.token_hex(12)}" for _ in range(2))
    times = {"start_time": now, "end_time": now + 1}
    call = {"id": secrets.token_hex(8), "name": "back", "namespace": "remote", **times}
    document = {"id": secrets.token_hex(8), "trace_id": trace, "name": "front", **times}
    links = [{"id": "x"}, {"trace_id": "bad"}, {"trace_id": other, "id": "a" * 16}]
    assert server.put([{**document, "subsegments": [call], "links": links}]) == []
    eventually(lambda: retrieved(server, "ListRetrievedTraces", trace)["Traces"])
    graph = {"StartTime": now - 60, "EndTime": now + 60}
    assert post(server, "/ServiceGraph", **graph)["Services"] == []

    answer = retrieved(server, "GetRetrievedTracesGraph", trace)
    assert answer["RetrievalStatus"] == "COMPLETE"
    services = {
        (s["Service"]["Name"], s["Service"]["Type"]) for s in answer["Services"]
    }
    assert services == {("front", None), ("front", "client"), ("back", "remote")}
    front = next(s for s in answer["Services"] if s["Service"]["Root"])
    (edge,) = front["Service"]["Edges"]
    assert edge["SummaryStatistics"]["TotalCount"] == 1
    assert [link["DestinationTraceIds"] for link in front["Links"]] == [[other]]
