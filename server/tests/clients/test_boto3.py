"""boto3 as it is: put, batch-get, summaries with the paginator, typed errors."""

import json
import secrets
import time
from datetime import UTC, datetime

import pytest

from running import eventually


@pytest.fixture
def document():
    """Make finished segments, each of a trace of its own, started an hour ago."""

    def make(start=None, **members):
        start = start or time.time() - 1
        return {
            "id": secrets.token_hex(8),
            "name": "boto3",
            "trace_id": f"1-{int(start):08x}-{secrets.token_hex(12)}",
            "start_time": start,
            "end_time": start + 0.25,
        } | members

    return make


def put(xray, *documents):
    answer = xray.put_trace_segments(
        TraceSegmentDocuments=[
            d if isinstance(d, str) else json.dumps(d) for d in documents
        ]
    )
    return answer["UnprocessedTraceSegments"]


def test_what_is_put_is_read_back(xray, document, read_trace):
    sent = document(annotations={"a": 1.5, "b": True, "c": "x"}, user="ann")

    assert put(xray, sent) == []

    (found,) = read_trace(sent["trace_id"], segments=1)
    assert found == sent


def test_a_bad_document_does_not_fail_its_siblings(xray, document, read_trace):
    good, bad = document(), document(name="no?")

    unprocessed = put(xray, bad, good, "{")

    assert [(u.get("Id"), u["ErrorCode"]) for u in unprocessed] == [
        (bad["id"], "InvalidName"),
        (None, "ParseError"),
    ]
    assert "name" in unprocessed[0]["Message"]
    read_trace(good["trace_id"], segments=1)


def test_the_paginator_goes_through_all_pages(xray, document):
    """Windows over an hour mark have a page a part, some of them empty."""
    hour = int(time.time()) // 3600 * 3600
    starts = [hour - 7200 - 1, hour - 7200 + 1, hour - 60, hour]
    sent = [document(start=start + 0.5) for start in starts]
    put(xray, *sent)
    wanted = {d["trace_id"] for d in sent}
    paginator = xray.get_paginator("get_trace_summaries")

    def collect():
        pages = paginator.paginate(
            StartTime=datetime.fromtimestamp(hour - 3 * 3600, UTC),
            EndTime=datetime.fromtimestamp(hour + 3600, UTC),
        )
        return [s["Id"] for page in pages for s in page["TraceSummaries"]]

    eventually(lambda: wanted <= set(collect()))
    found = collect()
    assert len(found) == len(set(found))


def test_batch_get_traces_paginates_too(xray, document, read_trace):
    sent = document()
    put(xray, sent)
    read_trace(sent["trace_id"], segments=1)
    unknown = f"1-00000000-{secrets.token_hex(12)}"

    answer = (
        xray.get_paginator("batch_get_traces")
        .paginate(TraceIds=[sent["trace_id"], unknown])
        .build_full_result()
    )

    assert [trace["Id"] for trace in answer["Traces"]] == [sent["trace_id"]]
    assert answer["Traces"][0]["Duration"] == pytest.approx(0.25, abs=1e-3)
    assert answer["UnprocessedTraceIds"] == []


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (["1-00000000-" + f"{i:024x}" for i in range(6)], "maximum query size: 5"),
        (["1-00000000-" + "0" * 24] * 2, "duplicate trace ids"),
        (["1-2-3"], "Invalid trace id 1-2-3: incorrect id format"),
    ],
)
def test_refused_ids_raise_the_typed_error(xray, ids, text):
    with pytest.raises(xray.exceptions.InvalidRequestException, match=text):
        xray.batch_get_traces(TraceIds=ids)


def test_sampling_and_telemetry(xray):
    rules = xray.get_sampling_rules()["SamplingRuleRecords"]
    answer = xray.get_sampling_targets(
        SamplingStatisticsDocuments=[
            {
                "RuleName": "Default",
                "ClientID": secrets.token_hex(12),
                "Timestamp": time.time(),
                "RequestCount": 10,
                "SampledCount": 1,
            }
        ]
    )
    xray.put_telemetry_records(TelemetryRecords=[{"Timestamp": time.time()}])

    assert "Default" in [r["SamplingRule"]["RuleName"] for r in rules]
    assert answer["SamplingTargetDocuments"][0]["RuleName"] == "Default"
    assert answer["UnprocessedStatistics"] == []
