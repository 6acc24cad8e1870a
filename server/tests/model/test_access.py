"""The roles, over every operation there is."""

import pytest

from fluoro.model.access import WRITES, Principal, allows
from fluoro.server.xray.shapes import OPERATIONS

CHANGES = {
    "CreateGroup",
    "CreateSamplingRule",
    "DeleteGroup",
    "DeleteResourcePolicy",
    "DeleteSamplingRule",
    "PutEncryptionConfig",
    "PutResourcePolicy",
    "TagResource",
    "UntagResource",
    "UpdateGroup",
    "UpdateIndexingRule",
    "UpdateSamplingRule",
    "UpdateTraceSegmentDestination",
}
PUTS = {"PutTraceSegments", "PutTelemetryRecords"}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_each_operation_and_role(operation):
    assert allows("admin", operation)
    assert allows("write", operation) is (operation in WRITES)
    assert allows("read", operation) is (operation not in CHANGES | PUTS)
    assert not allows("", operation)


def test_what_fluoro_adds():
    for operation in ("CreateKey", "ListKeys", "RevokeKey", "ListChanges", "ChangeApi"):
        assert allows("admin", operation)
        assert not allows("read", operation)
        assert not allows("write", operation)
    for operation in ("GetApi", "GetMetrics"):
        assert allows("read", operation)
        assert not allows("write", operation)


def test_principals_are_users_of_the_account():
    assert Principal("ann", "read").arn("1") == "arn:aws:iam::1:user/ann"
