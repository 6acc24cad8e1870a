"""Sampling rules: the recorded shapes, texts and orders."""

import dataclasses

import pytest

from fluoro.control.sampling import (
    create_sampling_rule,
    delete_sampling_rule,
    get_sampling_rules,
    update_sampling_rule,
)
from fluoro.control.tags import list_tags_for_resource
from fluoro.model.errors import (
    InvalidRequestError,
    ResourceNotFoundError,
    RuleLimitExceededError,
)

ARN = "arn:aws:xray:us-east-1:000000000000:sampling-rule/"


def rule(name="checkout", **members):
    return {
        "RuleName": name,
        "ResourceARN": "*",
        "Priority": 7000,
        "FixedRate": 1,
        "ReservoirSize": 3,
        "ServiceName": "shop",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "GET",
        "URLPath": "/checkout/*",
        "Version": 1,
        **members,
    }


def create(context, name="checkout", tags=None, **members):
    request = {"SamplingRule": rule(name, **members), "Tags": tags}
    return create_sampling_rule(request, context)["SamplingRuleRecord"]


def update(context, **members):
    request = {"SamplingRuleUpdate": members}
    return update_sampling_rule(request, context)["SamplingRuleRecord"]


def listed(context):
    return get_sampling_rules({}, context)["SamplingRuleRecords"]


def refusal(call, *args, **members):
    with pytest.raises(InvalidRequestError) as caught:
        call(*args, **members)
    return caught.value.message


def test_the_untouched_default_rule(context, conforms):
    answer = conforms("GetSamplingRules", get_sampling_rules({}, context))
    assert answer == {
        "SamplingRuleRecords": [
            {
                "SamplingRule": {
                    **rule("Default", Priority=10_000, FixedRate=0.05),
                    "ReservoirSize": 1,
                    "ServiceName": "*",
                    "HTTPMethod": "*",
                    "URLPath": "*",
                    "Attributes": {},
                    "RuleARN": ARN + "Default",
                },
                "CreatedAt": 0.0,
                "ModifiedAt": 0.0,
            }
        ],
        "NextToken": None,
    }


def test_a_created_rule_is_read_back_at_once(context, conforms):
    answer = create_sampling_rule({"SamplingRule": rule()}, context)
    record = conforms("CreateSamplingRule", answer)["SamplingRuleRecord"]
    assert record["SamplingRule"] == {
        **rule(FixedRate=1.0),
        "RuleARN": ARN + "checkout",
        "Attributes": {},
    }
    assert record["CreatedAt"] == record["ModifiedAt"] == 4_000_000_000.0
    assert listed(context)[0] == record


def test_rules_are_listed_by_name_and_default_last(context):
    for name, priority in (("b", 1), ("a", 2), ("Z", 3)):
        create(context, name, Priority=priority)
    update(context, RuleName="Default", FixedRate=0.5)
    names = [record["SamplingRule"]["RuleName"] for record in listed(context)]
    assert names == ["Z", "a", "b", "Default"]
    assert get_sampling_rules({"NextToken": "garbage"}, context)["NextToken"] is None


def test_refused_creations(context):
    create(context)
    assert refusal(create, context) == "Sampling rule already exists"
    assert refusal(create, context, "Default") == "Sampling rule already exists"
    assert refusal(create, context, "v", Version=2) == (
        "Sampling rule version must be 1"
    )
    assert refusal(create, context, "x", RuleARN=ARN + "x") == (
        "Request cannot contain both sampling rule name and sampling rule ARN"
    )
    assert refusal(create, context, None) == (
        "Request must contain either sampling rule name or sampling rule ARN"
    )
    for boost in ({}, {"MaxRate": 0.5, "CooldownWindowMinutes": 0}):
        assert "SamplingRateBoost" in refusal(
            create, context, "x", SamplingRateBoost=boost
        )
    assert len(listed(context)) == 2


def test_a_rule_named_by_its_arn(context):
    assert create(context, None, RuleARN=ARN + "by-arn")["SamplingRule"][
        "RuleName"
    ] == ("by-arn")
    update(context, RuleARN=ARN + "by-arn", Priority=5)
    assert listed(context)[0]["SamplingRule"]["Priority"] == 5
    assert refusal(update, context, RuleARN="arn:aws:xray:::group/by-arn") == (
        "Sampling rule does not exist"
    )
    delete_sampling_rule({"RuleARN": ARN + "by-arn"}, context)
    assert len(listed(context)) == 1


def test_a_quota_limits_the_custom_rules(context):
    few = dataclasses.replace(context, sampling_rules_max=1)
    create(few)
    with pytest.raises(RuleLimitExceededError):
        create(few, "another")


def test_an_update_changes_what_it_names(context, later, conforms):
    create(context, Attributes={"a": "b"})
    answer = update_sampling_rule(
        {"SamplingRuleUpdate": {"RuleName": "checkout", "FixedRate": 0, "Version": 2}},
        later(60),
    )
    record = conforms("UpdateSamplingRule", answer)["SamplingRuleRecord"]
    assert record["SamplingRule"]["FixedRate"] == 0.0
    assert record["SamplingRule"]["Attributes"] == {"a": "b"}
    assert record["SamplingRule"]["Version"] == 1
    assert record["ModifiedAt"] == record["CreatedAt"] + 60
    assert update(later(90), RuleName="checkout")["ModifiedAt"] == 4_000_000_090.0
    cleared = update(context, RuleName="checkout", Attributes={})
    assert cleared["SamplingRule"]["Attributes"] == {}


def test_an_update_without_a_boost_removes_it(context):
    boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 1}
    made = create(context, SamplingRateBoost=boost)
    assert made["SamplingRule"]["SamplingRateBoost"] == boost
    kept = update(context, RuleName="checkout", SamplingRateBoost=boost)
    assert kept["SamplingRule"]["SamplingRateBoost"] == boost
    assert (
        "SamplingRateBoost" not in update(context, RuleName="checkout")["SamplingRule"]
    )


def test_refused_updates_change_nothing(context):
    create(context)
    before = listed(context)
    for member in ({"Priority": -1}, {"FixedRate": 1.1}, {"ReservoirSize": -1}):
        assert refusal(update, context, RuleName="checkout", Host="x", **member) == (
            "Invalid update request for sampling rule"
        )
    assert refusal(update, context, RuleName="unknown") == (
        "Sampling rule does not exist"
    )
    assert refusal(update, context, Priority=1) == (
        "Request must contain either sampling rule name or sampling rule ARN"
    )
    assert listed(context) == before


def test_of_default_only_rate_and_reservoir_change(context):
    changed = update(context, RuleName="Default", FixedRate=0.5, ReservoirSize=9)
    assert changed["SamplingRule"]["FixedRate"] == 0.5
    assert changed["CreatedAt"] == 0.0
    assert refusal(update, context, RuleName="Default", Host="x") == (
        "Invalid update request for sampling rule"
    )
    assert "Default" in refusal(delete_sampling_rule, {"RuleName": "Default"}, context)


def test_a_deleted_rule_is_gone_with_its_tags(context, conforms):
    made = create(context, tags=[{"Key": "team", "Value": "a"}])
    arn = {"ResourceARN": made["SamplingRule"]["RuleARN"]}
    assert list_tags_for_resource(arn, context)["Tags"] == [
        {"Key": "team", "Value": "a"}
    ]
    answer = delete_sampling_rule({"RuleName": "checkout"}, context)
    assert conforms("DeleteSamplingRule", answer)["SamplingRuleRecord"] == made
    assert refusal(delete_sampling_rule, {"RuleName": "checkout"}, context) == (
        "Sampling rule does not exist"
    )
    with pytest.raises(ResourceNotFoundError):
        list_tags_for_resource(arn, context)
    create(context)
    assert list_tags_for_resource(arn, context)["Tags"] == []
