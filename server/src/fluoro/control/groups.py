"""Groups: named filter expressions, the record `group/<name>`.

An ARN ends in an id of 52 base32 characters made at creation, so that the ARN of a
group deleted and made again stops resolving. `Default` always exists, has no id and no
expression, and keeps a record only for its insights configuration.
"""

import base64
import re
import secrets
from collections.abc import Callable
from typing import Any

from fluoro.control.context import Context, parse_arn, refuse_token
from fluoro.control.tags import checked_tags, drop_tags, write_tags
from fluoro.model.errors import InvalidRequestError
from fluoro.store.records import ConflictError, Record, Records

KIND = "group"
DEFAULT = "Default"

Validate = Callable[[str], object]
"""Parses a filter expression; raises InvalidRequestError where it cannot."""

_NAME = re.compile(r"[A-Za-z0-9-]{1,32}")
_NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}
_DEFAULT = {"id": "", "filter": None, "insights": _NO_INSIGHTS, "version": 1}


def create_group(
    request: dict[str, Any], context: Context, validate: Validate
) -> dict[str, Any]:
    """CreateGroup. Raises InvalidRequestError."""
    name = request["GroupName"]
    if not _NAME.fullmatch(name):
        raise InvalidRequestError(
            "GroupName may have letters, digits and dashes, 1 to 32 of them"
        )
    expression = _checked_filter(request.get("FilterExpression"), validate)
    tags = checked_tags(request.get("Tags"))
    groups = [record.key for record in context.records.list(KIND)]
    if name == DEFAULT or name in groups:
        raise InvalidRequestError(f"{name} already exists")
    if len({*groups, DEFAULT}) >= context.groups_max:
        raise InvalidRequestError(
            f"Maximum number of groups reached: {context.groups_max}"
        )
    value = {
        "id": _new_id(),
        "filter": expression,
        "insights": _insights(_NO_INSIGHTS, request.get("InsightsConfiguration")),
        "version": 1,
    }
    try:
        context.records.put(KIND, name, value, expected=0)
    except ConflictError:
        raise InvalidRequestError(f"{name} already exists") from None
    if tags:
        write_tags(context.records, KIND, f"{name}/{value['id']}", tags)
    return {"Group": _answer(name, value, context)}


def get_group(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """GetGroup by name or ARN."""
    name, group_id = _named(request)
    record = context.records.get(KIND, name)
    return {"Group": _answer(name, _present(name, group_id, record), context)}


def get_groups(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """GetGroups: one page, `Default` first, then by name."""
    refuse_token(request.get("NextToken"), "Next Token not supported")
    values = {record.key: record.value for record in context.records.list(KIND)}
    values = {DEFAULT: values.get(DEFAULT, _DEFAULT)} | values
    return {
        "Groups": [_answer(name, value, context) for name, value in values.items()],
        "NextToken": None,
    }


def update_group(
    request: dict[str, Any], context: Context, validate: Validate
) -> dict[str, Any]:
    """UpdateGroup: without a filter expression the old one stays."""
    name, group_id = _named(request)
    expression = request.get("FilterExpression")
    if expression is not None:
        _checked_filter(expression, validate)
        if name == DEFAULT:
            raise InvalidRequestError(
                "The Default group cannot have a filter expression"
            )

    def revise(record: Record | None) -> dict[str, Any]:
        value = dict(_present(name, group_id, record))
        insights = request.get("InsightsConfiguration")
        value["insights"] = _insights(value["insights"], insights)
        if expression is not None and expression != value["filter"]:
            value["filter"] = expression
            value["version"] += 1
        return value

    written = context.records.change(KIND, name, revise)
    value = written.value if written else _DEFAULT
    return {"Group": _answer(name, value, context)}


def delete_group(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """DeleteGroup by name or ARN; its tags go with it."""
    name, group_id = _named(request)
    if name == DEFAULT:
        raise InvalidRequestError("The Default group cannot be deleted")
    record = context.records.get(KIND, name)
    value = _present(name, group_id, record)
    context.records.delete(KIND, name)
    drop_tags(context.records, KIND, f"{name}/{value['id']}")
    return {}


def group_expression(
    records: Records, name: str | None = None, arn: str | None = None
) -> str | None:
    """Return the filter expression of the group that a read names, None for all.

    Neither name nor ARN means `Default`. Raises InvalidRequestError `Group not
    found.`, with the full stop that X-Ray's reads write.
    """
    if name is None and arn is None:
        return None
    try:
        plain, group_id = _named({"GroupName": name, "GroupARN": arn})
        value = _present(plain, group_id, records.recent(KIND).get(plain))
    except InvalidRequestError as error:
        if error.message != "Group not found":
            raise
        raise InvalidRequestError("Group not found.") from None
    expression: str | None = value["filter"]
    return expression


def group_expressions(records: Records) -> dict[str, str | None]:
    """Return the filter expression of every group by name, for `group.name`."""
    found = {n: r.value["filter"] for n, r in records.recent(KIND).items()}
    return {DEFAULT: None} | found


def _named(request: dict[str, Any]) -> tuple[str, str | None]:
    """Return (name, id) that a request means; the id is None when named."""
    name, arn = request.get("GroupName"), request.get("GroupARN")
    if (name is None) == (arn is None):
        raise InvalidRequestError(
            "Request must contain either a group name or a group ARN, not both"
        )
    if arn is None:
        return str(name), None
    kind, rest = parse_arn(arn)
    if kind != KIND:
        raise InvalidRequestError("Group not found")
    plain, _, group_id = rest.partition("/")
    return plain, group_id


def _present(name: str, group_id: str | None, record: Record | None) -> dict[str, Any]:
    value = record.value if record else _DEFAULT if name == DEFAULT else None
    if value is None or (group_id is not None and group_id != value["id"]):
        raise InvalidRequestError("Group not found")
    return value


def _checked_filter(expression: str | None, validate: Validate) -> str:
    if expression is None or not expression.strip():
        raise InvalidRequestError("Filter Expression is empty")
    validate(expression)
    return expression


def _insights(before: dict[str, bool], given: dict[str, Any] | None) -> dict[str, bool]:
    known = {k: v for k, v in (given or {}).items() if k in before and v is not None}
    after = {**before, **known}
    if after["NotificationsEnabled"] and not after["InsightsEnabled"]:
        raise InvalidRequestError(
            "NotificationsEnabled requires InsightsEnabled to be true"
        )
    return after


def _new_id() -> str:
    return base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=")


def _answer(name: str, value: dict[str, Any], context: Context) -> dict[str, Any]:
    suffix = f"/{value['id']}" if value["id"] else ""
    return {
        "GroupName": name,
        "GroupARN": context.arn(f"group/{name}{suffix}"),
        "FilterExpression": value["filter"],
        "InsightsConfiguration": value["insights"],
    }
