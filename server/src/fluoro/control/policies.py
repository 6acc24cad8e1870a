"""Resource policies: the record `policy/<name>`, as recorded.

They are kept and checked as X-Ray does. They grant nothing by themselves here: who may
do what follows from the caller's key, which X-Ray's policies do not replace either.
"""

import json
from typing import Any

from fluoro.control.context import Context, refuse_token
from fluoro.model.errors import (
    InvalidPolicyRevisionIdError,
    InvalidRequestError,
    LockoutPreventionError,
    MalformedPolicyDocumentError,
    PolicyCountLimitExceededError,
    PolicySizeLimitExceededError,
)
from fluoro.model.limits import POLICIES_MAX, POLICY_BYTES_MAX
from fluoro.model.sampling import wildcard_matches
from fluoro.store.records import Record

KIND = "policy"


def put_resource_policy(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """PutResourcePolicy. Checks in order: revision, count, size, document, lockout."""
    name, text = request["PolicyName"], request["PolicyDocument"]
    wanted = request.get("PolicyRevisionId")

    def revise(record: Record | None) -> dict[str, Any]:
        present = str(record.value["revision"]) if record else "0"
        if wanted is not None and wanted != present:
            raise InvalidPolicyRevisionIdError(
                "Another concurrent request has modified the resource policy " + name
            )
        if record is None and len(context.records.list(KIND)) >= POLICIES_MAX:
            raise PolicyCountLimitExceededError(
                f"The number of resource policies must not exceed {POLICIES_MAX}."
            )
        if len(text.encode()) > POLICY_BYTES_MAX:
            raise PolicySizeLimitExceededError(
                f"The resource policy must not exceed {POLICY_BYTES_MAX} bytes."
            )
        document = _parsed(text)
        if not request.get("BypassPolicyLockoutCheck"):
            _refuse_lockout(document, context)
        return {
            "document": json.dumps(document, separators=(",", ":"), ensure_ascii=False),
            "revision": int(present) + 1,
            "updated": float(int(context.now)),
        }

    written = context.records.change(KIND, name, revise)
    return {"ResourcePolicy": _answer(name, written.value if written else {})}


def list_resource_policies(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """ListResourcePolicies: one page, by name."""
    refuse_token(request.get("NextToken"), "NextToken is currently not supported")
    return {
        "ResourcePolicies": [
            _answer(record.key, record.value) for record in context.records.list(KIND)
        ],
        "NextToken": None,
    }


def delete_resource_policy(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """DeleteResourcePolicy, guarded by a revision if one is given."""
    name, wanted = request["PolicyName"], request.get("PolicyRevisionId")

    def revise(record: Record | None) -> None:
        present = str(record.value["revision"]) if record else None
        if wanted is not None and wanted != present:
            raise InvalidPolicyRevisionIdError(
                "Another concurrent request has modified or deleted the resource"
                f" policy {name}"
            )
        if record is None:
            raise InvalidRequestError(f"The resource policy {name} does not exist.")

    context.records.change(KIND, name, revise)
    return {}


def _answer(name: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "PolicyName": name,
        "PolicyDocument": value["document"],
        "PolicyRevisionId": str(value["revision"]),
        "LastUpdatedTime": value["updated"],
    }


def _parsed(text: str) -> dict[str, Any]:
    """Return the policy as it is stored: a list of one action is that action."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicyDocumentError(None) from None
    if not isinstance(document, dict):
        raise MalformedPolicyDocumentError("The policy must be a JSON object")
    for statement in _statements(document):
        if not isinstance(statement, dict):
            raise MalformedPolicyDocumentError("A Statement must be a JSON object")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise MalformedPolicyDocumentError("Effect must be Allow or Deny")
        if "Action" not in statement and "NotAction" not in statement:
            raise MalformedPolicyDocumentError("A Statement must have an Action")
        action = statement.get("Action")
        if isinstance(action, list) and len(action) == 1:
            statement["Action"] = action[0]
    return document


def _statements(document: dict[str, Any]) -> list[Any]:
    statements = document.get("Statement")
    if isinstance(statements, dict):
        return [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyDocumentError("The policy must have a Statement")
    return statements


def _refuse_lockout(document: dict[str, Any], context: Context) -> None:
    """Refuse a policy that denies its author the next PutResourcePolicy."""
    for statement in _statements(document):
        if (
            statement["Effect"] == "Deny"
            and _names_the_put(statement.get("Action"))
            and _names_caller(statement.get("Principal"), context)
        ):
            raise LockoutPreventionError(
                "The new resource policy will not allow the caller of this request"
                " to call PutResourcePolicy in the future."
            )


def _listed(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]


def _names_the_put(action: Any) -> bool:
    names = _listed(action)
    return any(wildcard_matches(name, "xray:PutResourcePolicy") for name in names)


def _names_caller(principal: Any, context: Context) -> bool:
    account = context.account
    names = _listed(principal.get("AWS") if isinstance(principal, dict) else principal)
    everyone = {"*", account, f"arn:aws:iam::{account}:root", context.caller}
    return not everyone.isdisjoint(names)
