"""`/api/filters`: completion with values observed, explanation, problems."""

import json
import re
from pathlib import Path

from running import eventually

DOCUMENTED = Path(__file__).parents[3] / "docs" / "reference" / "console-api.md"


def complete(server, expression, **members):
    status, _, body = server.post(
        "/api/filters/complete", {"Expression": expression, **members}
    )
    assert status == 200, body
    return body


def labels(server, expression, **members):
    return [
        option["Label"] for option in complete(server, expression, **members)["Options"]
    ]


def test_keywords_by_their_beginning(server):
    found = complete(server, "ok AND respon")
    assert (found["From"], found["To"]) == (7, 13)
    assert "responsetime" in [option["Label"] for option in found["Options"]]


def test_a_position_inside_of_the_text(server):
    assert "fault" in labels(server, "fau AND ok", Position=3)


def test_values_really_observed(server):
    server.put(
        [
            {
                "id": "5" * 16,
                "name": "observed-service",
                "trace_id": "1-6ab00000-" + "5" * 24,
                "start_time": 1,
                "end_time": 2,
                "annotations": {"observed_key": "observed value"},
            }
        ]
    )
    eventually(lambda: '"observed-service"' in labels(server, 'service("observed-'))
    assert "annotation.observed_key" in labels(server, "annotation.observed")
    assert labels(server, 'annotation.observed_key = "') == ['"observed value"']


def test_explanations_and_problems(server):
    _, _, right = server.post("/api/filters/explain", {"Expression": "fault"})
    assert right["Problems"] == []
    assert right["Explanation"].startswith("Traces ")
    _, _, wrong = server.post("/api/filters/explain", {"Expression": "falt = true"})
    (problem,) = wrong["Problems"]
    assert (problem["Start"], problem["Suggestion"]) == (0, "fault")
    assert wrong["Explanation"] is None


def test_the_documented_problem_is_the_real_one(server):
    asked, answered = re.search(
        r"## `POST /api/filters/explain`\n\n`(.+)`:\n\n```json\n(.+?)```",
        DOCUMENTED.read_text(),
        re.DOTALL,
    ).groups()
    _, _, body = server.post("/api/filters/explain", json.loads(asked))
    assert body == json.loads(answered)


def test_what_is_no_expression_is_refused(server):
    for path in ("complete", "explain"):
        status, headers, _ = server.post(f"/api/filters/{path}", {"Expression": 5})
        assert status == 400
        assert headers["x-amzn-errortype"] == "InvalidRequestException"
    status, _, _ = server.post(
        "/api/filters/complete", {"Expression": "", "Position": 9}
    )
    assert status == 400
