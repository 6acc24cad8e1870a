"""`/api/filters`: completion with values observed, explanation, problems."""

import json
import re
import secrets
from itertools import count
from pathlib import Path

import pytest

DOCUMENTED = Path(__file__).parents[3] / "docs" / "reference" / "console-api.md"

_hours = count(1)


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


def test_what_is_replaced_ends_with_the_string(server):
    found = complete(server, 'service("nobod")', Position=14)
    assert (found["From"], found["To"]) == (8, 15)


@pytest.fixture
def seen(server):
    """Put segments into an hour of their own: `seen({...}, ...)` returns its times."""
    start = 3600 * next(_hours)
    times = {"start_time": start, "end_time": start + 1}

    def made(subsegments=(), **members):
        return {
            "id": secrets.token_hex(8),
            "trace_id": f"1-{start:08x}-{secrets.token_hex(12)}",
            "name": "seen",
            "subsegments": [{"id": "9" * 16, **times, **s} for s in subsegments],
            **times,
            **members,
        }

    def seen(*segments):
        assert server.put([made(**members) for members in segments]) == []
        server.settle()
        return {"StartTime": start, "EndTime": start + 1}

    return seen


def test_values_are_those_of_the_time_asked_for(server, seen):
    hour = seen({"name": "seen-at-a-time"})
    after = {"StartTime": hour["EndTime"], "EndTime": hour["EndTime"] + 1}
    assert labels(server, 'service("seen-at', **hour) == ['"seen-at-a-time"']
    assert labels(server, 'service("seen-at', **after) == []
    assert labels(server, 'service("seen-at') == []  # not of the last 24 hours


@pytest.mark.parametrize(
    ("expression", "offered"),
    [
        ("annotation.obs", ["annotation.observed"]),
        ("annotation", ["annotation."]),
        ("annotation[odd", ["annotation[odd key]"]),
        ('annotation.observed = "', ['"a text"']),
        ("http.status = ", ["404"]),
        ('rootcause.fault.service { name = "', ['"seen"']),
        ('rootcause.fault.entity { name = "', ['"local work"', '"seen"']),
        ('rootcause.fault.exception { name = "', ['"Boom"']),
        ('rootcause.fault.exception { message = "', ['"it \\"broke\\""']),
    ],
)
def test_values_really_observed(server, seen, expression, offered):
    exceptions = [{"id": "8" * 16, "type": "Boom", "message": 'it "broke"'}, {}]
    hour = seen(
        {
            "annotations": {"observed": "a text", "odd key": 1, "un]writable": 2},
            "http": {"response": {"status": 404}},
            "cause": {"working_directory": "/", "exceptions": exceptions},
            "subsegments": [{"name": "local work"}],
        }
    )
    assert labels(server, expression, **hour) == offered


@pytest.mark.parametrize(
    ("expression", "offered"),
    [
        ("annotation.k = ", ["false", '"true"', "-1.5", "true"]),
        ("annotation.k != tr", ['"true"', "true"]),
        ("annotation.k CONTAINS ", ['"true"']),
        ("annotation[k] > ", ["-1.5"]),
    ],
)
def test_an_operator_tells_the_values_it_takes(server, seen, expression, offered):
    hour = seen(*[{"annotations": {"k": value}} for value in ("true", True, -1.5)])
    assert labels(server, expression, **hour) == offered


def test_values_that_begin_with_the_text_come_first(server, seen):
    often = {"annotations": {"k": "a banana"}}
    hour = seen(often, often, {"annotations": {"k": "Banana"}})
    assert labels(server, 'annotation.k = "ban', **hour) == ['"Banana"', '"a banana"']


def test_what_was_in_progress_and_is_completed_counts_once(server, seen):
    same = {
        "id": secrets.token_hex(8),
        "trace_id": f"1-00000001-{secrets.token_hex(12)}",
        "name": "counted-once",
    }
    seen({**same, "in_progress": True, "end_time": None})
    hour = seen(same, {"name": "counted-once"})
    (option,) = complete(server, 'service("counted-', **hour)["Options"]
    assert (option["Label"], option["Count"]) == ('"counted-once"', 2)


def test_groups_by_name_and_by_arn(server):
    _, _, made = server.post(
        "/CreateGroup", {"GroupName": "offered", "FilterExpression": "fault"}
    )
    (group,) = complete(server, 'group.name = "offer')["Options"]
    assert (group["Label"], group["Detail"]) == ('"offered"', "fault")
    assert '"Default"' in labels(server, "group.name != ")
    assert labels(server, 'group.arn = "offered') == [f'"{made["Group"]["GroupARN"]}"']


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


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Position": 9}, "Position must be a place"),
        ({"Position": -1}, "Position must be a place"),
        ({"Position": True}, "Position must be a place"),
        ({"Position": 1.0}, "Position must be a place"),
        ({"StartTime": "today"}, "StartTime must be a time"),
        ({"EndTime": False}, "EndTime must be a time"),
        ({"StartTime": 2, "EndTime": 1}, "End time cannot be earlier"),
    ],
)
def test_what_is_no_place_and_no_time_is_refused(server, members, message):
    request = {"Expression": "fault", **members}
    status, headers, body = server.post("/api/filters/complete", request)
    assert status == 400
    assert body["Message"].startswith(message)
    assert headers["x-amzn-errortype"] == "InvalidRequestException"
