"""The AWS CLI as it is: put-trace-segments, batch-get-traces, get-trace-summaries."""

import json
import os
import secrets
import subprocess
import sys
import time

import pytest


@pytest.fixture
def aws(server, credentials, tmp_path):
    """Run `aws xray ...` against the server; return its parsed answer."""

    def run(*arguments):
        environment = os.environ | credentials | {"AWS_PAGER": ""}
        environment["AWS_CONFIG_FILE"] = str(tmp_path / "none")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "awscli", "--endpoint-url", server.url),
                *("--output", "json", "xray", *map(str, arguments)),
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return json.loads(done.stdout)

    return run


def test_put_summaries_and_batch_get(aws, find_summary):
    now = time.time()
    trace_id = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    document = {"id": secrets.token_hex(8), "name": "cli", "trace_id": trace_id}
    document |= {"start_time": now, "end_time": now + 0.5, "user": "eve"}

    put = aws("put-trace-segments", "--trace-segment-documents", json.dumps(document))
    find_summary(trace_id)
    summaries = aws(
        "get-trace-summaries", "--start-time", now - 7300, "--end-time", now + 60
    )
    traces = aws("batch-get-traces", "--trace-ids", trace_id)

    assert put == {"UnprocessedTraceSegments": []}
    (summary,) = [s for s in summaries["TraceSummaries"] if s["Id"] == trace_id]
    assert summary["Users"] == [{"UserName": "eve"}]
    assert summary["Duration"] == 0.5
    (trace,) = traces["Traces"]
    assert json.loads(trace["Segments"][0]["Document"]) == document
    assert traces["UnprocessedTraceIds"] == []
