"""Who changed what, when, and what was refused.

X-Ray logs configuration calls, failures included, as management events; here each is a
row of the table `audit`. Reads and incoming traces are not logged.
"""

import secrets
from typing import Any

import orjson

from fluoro.model.errors import ApiError
from fluoro.store.audit import Change, read_changes, write_change
from fluoro.store.engine import Engine

LOGGED = frozenset(
    {
        "CancelTraceRetrieval",
        "CreateGroup",
        "CreateKey",
        "CreateSamplingRule",
        "DeleteGroup",
        "DeleteResourcePolicy",
        "DeleteSamplingRule",
        "PutEncryptionConfig",
        "PutResourcePolicy",
        "RevokeKey",
        "StartTraceRetrieval",
        "TagResource",
        "UntagResource",
        "UpdateGroup",
        "UpdateIndexingRule",
        "UpdateSamplingRule",
        "UpdateTraceSegmentDestination",
    }
)
"""The operations that are logged: X-Ray's, and those on Fluoro's keys."""

_RESOURCE_MEMBERS = (
    "ResourceARN",
    "RuleName",
    "RuleARN",
    "GroupName",
    "GroupARN",
    "PolicyName",
    "Name",
    "AccessKeyId",
)
_TEXT_MAX = 16_384


def log_change(
    engine: Engine,
    operation: str,
    request: dict[str, Any],
    *,
    now: float,
    principal: str,
    source_ip: str = "",
    error: ApiError | None = None,
) -> None:
    """Log a call of an operation in `LOGGED`, done or refused."""
    write_change(
        engine,
        Change(
            round(now * 1e6),
            secrets.token_hex(8),
            principal,
            source_ip,
            operation,
            _resource(request),
            orjson.dumps(request).decode()[:_TEXT_MAX],
            error.code if error else "",
            (error.message or "") if error else "",
        ),
    )


def list_changes(
    engine: Engine,
    start: float,
    end: float,
    operation: str = "",
    limit: int = 100,
) -> dict[str, Any]:
    """Return the changes from `start` to before `end`, newest first.

    Raises nothing but EngineError; an unknown operation has no changes.
    """
    found = read_changes(engine, round(start * 1e6), round(end * 1e6), operation, limit)
    return {
        "Changes": [
            {
                "Time": change.time_us / 1e6,
                "Principal": change.principal,
                "SourceIp": change.source_ip,
                "Operation": change.operation,
                "Resource": change.resource,
                "Request": change.request,
                "ErrorCode": change.error_code or None,
                "ErrorMessage": change.error_message or None,
            }
            for change in found
        ]
    }


def _resource(request: dict[str, Any]) -> str:
    """Return the name or ARN of what the request is about, if it names one."""
    for members in (request, *request.values()):
        if isinstance(members, dict):
            for name in _RESOURCE_MEMBERS:
                if members.get(name):
                    return str(members[name])
    return ""
