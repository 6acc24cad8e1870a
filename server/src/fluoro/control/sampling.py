"""Sampling rules: create, update, delete, list. Texts and shapes as recorded.

A rule is the record `sampling-rule/<name>`; `Default` always exists and has a record
once it was changed.
"""

from typing import Any

from fluoro.control.context import Context, parse_arn
from fluoro.control.tags import checked_tags, drop_tags, write_tags
from fluoro.model.errors import (
    ApiError,
    InvalidRequestError,
    RuleLimitExceededError,
)
from fluoro.store.records import ConflictError, Record, Records

KIND = "sampling-rule"
DEFAULT = "Default"

Rule = dict[str, Any]

_DEFAULT_RULE: Rule = {
    "RuleName": DEFAULT,
    "ResourceARN": "*",
    "Priority": 10_000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}
_DEFAULT: Rule = {"rule": _DEFAULT_RULE, "created": 0.0, "modified": 0.0}
_MEMBERS = tuple(name for name in _DEFAULT_RULE if name not in ("RuleName", "Version"))
_EDITABLE_OF_DEFAULT = ("FixedRate", "ReservoirSize")


def create_sampling_rule(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """CreateSamplingRule. Raises InvalidRequestError, RuleLimitExceededError."""
    given = request["SamplingRule"]
    name = _rule_name(given)
    if not 1 <= len(name) <= 32:
        raise InvalidRequestError("Sampling rule name must have 1 to 32 characters")
    if given["Version"] != 1:
        raise InvalidRequestError("Sampling rule version must be 1")
    tags = checked_tags(request.get("Tags"))
    rule = _with_numbers({**_DEFAULT_RULE, **_members(given), "RuleName": name})
    boost = given.get("SamplingRateBoost")
    if boost is not None:
        rule["SamplingRateBoost"] = _checked_boost(boost)
    _make_room(name, context)
    second = float(int(context.now))
    value = {
        "rule": rule,
        "created": second,
        "modified": second,
        "changed": context.now,
    }
    try:
        context.records.put(KIND, name, value, expected=0)
    except ConflictError:
        raise InvalidRequestError("Sampling rule already exists") from None
    if tags:
        write_tags(context.records, KIND, name, tags)
    return {"SamplingRuleRecord": _answer(value, context)}


def update_sampling_rule(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """UpdateSamplingRule: absent members stay, an absent boost is removed."""
    given = request["SamplingRuleUpdate"]
    name = _rule_name(given)

    def revise(record: Record | None) -> dict[str, Any]:
        value = record.value if record else _DEFAULT
        if record is None and name != DEFAULT:
            raise InvalidRequestError("Sampling rule does not exist")
        rule = _updated(value["rule"], given)
        return {
            **value,
            "rule": rule,
            "modified": float(int(context.now)),
            "changed": context.now,
        }

    written = context.records.change(KIND, name, revise)
    return {"SamplingRuleRecord": _answer(_value(written), context)}


def delete_sampling_rule(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """DeleteSamplingRule: answers the record as it was; its tags go with it."""
    name = _rule_name(request)
    if name == DEFAULT:
        raise InvalidRequestError("Default sampling rule cannot be deleted")
    deleted = context.records.delete(KIND, name)
    if deleted is None:
        raise InvalidRequestError("Sampling rule does not exist")
    drop_tags(context.records, KIND, name)
    return {"SamplingRuleRecord": _answer(deleted.value, context)}


def get_sampling_rules(_request: dict[str, Any], context: Context) -> dict[str, Any]:
    """GetSamplingRules: one page, by name, `Default` last; a token is ignored."""
    values = {record.key: record.value for record in context.records.list(KIND)}
    default = values.pop(DEFAULT, _DEFAULT)
    return {
        "SamplingRuleRecords": [
            _answer(value, context) for value in (*values.values(), default)
        ],
        "NextToken": None,
    }


def present_rules(records: Records) -> tuple[dict[str, Rule], float]:
    """Return the rules by name, at most a second old, and when one last changed.

    X-Ray gives `LastRuleModification` in whole seconds. Here it has the fraction, so
    that a client which fetched the rules earlier in that second still learns of it.
    """
    values = {DEFAULT: _DEFAULT} | {
        name: record.value for name, record in records.recent(KIND).items()
    }
    changed = max(value.get("changed", 0.0) for value in values.values())
    return {name: value["rule"] for name, value in values.items()}, changed


def _rule_name(given: dict[str, Any]) -> str:
    """Return the name a request means, by name or by ARN, one of both."""
    name, arn = given.get("RuleName"), given.get("RuleARN")
    if name is not None and arn is not None:
        raise InvalidRequestError(
            "Request cannot contain both sampling rule name and sampling rule ARN"
        )
    if name is None and arn is None:
        raise InvalidRequestError(
            "Request must contain either sampling rule name or sampling rule ARN"
        )
    if arn is None:
        return str(name)
    kind, rest = parse_arn(arn)
    return rest if kind == KIND else ""


def _members(given: dict[str, Any]) -> Rule:
    return {name: given[name] for name in _MEMBERS if given.get(name) is not None}


def _updated(rule: Rule, given: dict[str, Any]) -> Rule:
    """Return the rule after an update, or raise without a change."""
    changes = _members(given)
    after = _with_numbers({**rule, **changes})
    if rule["RuleName"] == DEFAULT:
        fixed = all(
            after[name] == rule[name]
            for name in changes
            if name not in _EDITABLE_OF_DEFAULT
        )
        lowest, highest = 10_000, 10_000
    else:
        fixed = True
        lowest, highest = 1, 9_999
    if (
        not fixed
        or not lowest <= after["Priority"] <= highest
        or not 0 <= after["FixedRate"] <= 1
        or after["ReservoirSize"] < 0
    ):
        raise InvalidRequestError("Invalid update request for sampling rule")
    after.pop("SamplingRateBoost", None)
    boost = given.get("SamplingRateBoost")
    if boost is not None:
        after["SamplingRateBoost"] = _checked_boost(boost)
    return after


def _checked_boost(boost: dict[str, Any]) -> dict[str, Any]:
    """X-Ray fails on these with a 500; the rule stays as it is there, too."""
    rate, cooldown = boost.get("MaxRate"), boost.get("CooldownWindowMinutes")
    if rate is None or cooldown is None or not 0 <= rate <= 1 or cooldown < 1:
        raise InvalidRequestError(
            "SamplingRateBoost needs a MaxRate from 0 to 1 and CooldownWindowMinutes"
            " of at least 1"
        )
    return {"MaxRate": float(rate), "CooldownWindowMinutes": int(cooldown)}


def _with_numbers(rule: Rule) -> Rule:
    """A rate is a float and a count an integer in JSON: the Go SDK insists."""
    return {
        **rule,
        "FixedRate": float(rule["FixedRate"]),
        "Priority": int(rule["Priority"]),
        "ReservoirSize": int(rule["ReservoirSize"]),
    }


def _make_room(name: str, context: Context) -> None:
    custom = [record.key for record in context.records.list(KIND)]
    custom = [key for key in custom if key != DEFAULT]
    if name == DEFAULT or name in custom:
        raise InvalidRequestError("Sampling rule already exists")
    if len(custom) >= context.sampling_rules_max:
        raise RuleLimitExceededError(
            f"Maximum number of sampling rules reached: {context.sampling_rules_max}"
        )


def _answer(value: dict[str, Any], context: Context) -> dict[str, Any]:
    rule = dict(value["rule"])
    rule["RuleARN"] = context.arn(f"{KIND}/{rule['RuleName']}")
    return {
        "SamplingRule": rule,
        "CreatedAt": value["created"],
        "ModifiedAt": value["modified"],
    }


def _value(record: Record | None) -> dict[str, Any]:
    if record is None:
        raise ApiError(None)
    return record.value
