"""The audit log: every change, refusals included, newest first."""

import json

from fluoro.control.audit import LOGGED, list_changes, log_change
from fluoro.model.errors import InvalidRequestError


def log(engine, operation, request, now, **members):
    log_change(engine, operation, request, now=now, principal="ann", **members)


def test_changes_are_listed_newest_first(engine):
    request = {"SamplingRule": {"RuleName": "r", "FixedRate": 0.5}}
    refused = InvalidRequestError("Group not found")
    log(engine, "CreateSamplingRule", request, 100.5, source_ip="10.0.0.1")
    log(engine, "DeleteGroup", {"GroupName": "g"}, 101.0, error=refused)
    answer = list_changes(engine, 100, 102)
    assert answer["Changes"][0] == {
        "Time": 101.0,
        "Principal": "ann",
        "SourceIp": "",
        "Operation": "DeleteGroup",
        "Resource": "g",
        "Request": '{"GroupName":"g"}',
        "ErrorCode": "InvalidRequestException",
        "ErrorMessage": "Group not found",
    }
    first = answer["Changes"][1]
    assert json.loads(first["Request"]) == request
    assert (first["Resource"], first["ErrorCode"]) == ("r", None)


def test_a_part_of_the_log(engine):
    for second in range(5):
        log(engine, "TagResource", {"ResourceARN": f"arn:{second}"}, float(second))
    log(engine, "PutEncryptionConfig", {"Type": "NONE"}, 2.5)
    changes = list_changes(engine, 1, 3)["Changes"]
    assert [change["Time"] for change in changes] == [2.5, 2.0, 1.0]
    changes = list_changes(engine, 0, 9, "TagResource", limit=2)["Changes"]
    assert [change["Resource"] for change in changes] == ["arn:4", "arn:3"]


def test_reads_and_incoming_traces_are_not_logged():
    assert not {"PutTraceSegments", "GetGroups", "GetSamplingTargets"} & LOGGED
