"""Groups: ARNs, ids, the default group, and X-Ray's texts."""

import dataclasses
import re

import pytest

from fluoro.control.groups import (
    create_group,
    delete_group,
    get_group,
    get_groups,
    group_expression,
    group_expressions,
    update_group,
)
from fluoro.control.tags import list_tags_for_resource
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError

PREFIX = "arn:aws:xray:us-east-1:000000000000:group/"
NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}


def validate(expression):
    if expression == "bad {":
        raise InvalidRequestError("Error Location: line 1, position 5")


def create(context, name="slow", expression="duration > 5", **members):
    request = {"GroupName": name, "FilterExpression": expression, **members}
    return create_group(request, context, validate)["Group"]


def refusal(call, *args, **members):
    with pytest.raises(InvalidRequestError) as caught:
        call(*args, **members)
    return caught.value.message


def test_a_created_group_is_found_by_name_and_by_arn(context, conforms):
    request = {"GroupName": "slow", "FilterExpression": "duration > 5"}
    group = conforms("CreateGroup", create_group(request, context, validate))["Group"]
    assert re.fullmatch(re.escape(PREFIX) + "slow/[A-Z2-7]{52}", group["GroupARN"])
    assert group == {
        "GroupName": "slow",
        "GroupARN": group["GroupARN"],
        "FilterExpression": "duration > 5",
        "InsightsConfiguration": NO_INSIGHTS,
    }
    assert get_group({"GroupName": "slow"}, context)["Group"] == group
    assert get_group({"GroupARN": group["GroupARN"]}, context)["Group"] == group


def test_the_default_group_is_always_listed(context, conforms):
    create(context)
    answer = conforms("GetGroups", get_groups({}, context))
    assert answer["NextToken"] is None
    assert answer["Groups"][0] == {
        "GroupName": "Default",
        "GroupARN": PREFIX + "Default",
        "FilterExpression": None,
        "InsightsConfiguration": NO_INSIGHTS,
    }
    assert [group["GroupName"] for group in answer["Groups"]] == ["Default", "slow"]
    assert refusal(get_groups, {"NextToken": "x"}, context) == (
        "Next Token not supported"
    )


def test_the_default_group_takes_insights_only(context):
    on = {"InsightsEnabled": True}
    request = {"GroupName": "Default", "InsightsConfiguration": on}
    group = update_group(request, context, validate)["Group"]
    assert group["InsightsConfiguration"]["InsightsEnabled"] is True
    assert get_groups({}, context)["Groups"] == [group]
    request = {"GroupName": "Default", "FilterExpression": "fault"}
    assert "Default" in refusal(update_group, request, context, validate)
    assert "Default" in refusal(delete_group, {"GroupName": "Default"}, context)


def test_refused_groups(context):
    create(context)
    assert refusal(create, context) == "slow already exists"
    assert refusal(create, context, "Default") == "Default already exists"
    assert "GroupName" in refusal(create, context, "a b")
    for empty in (None, "", "  "):
        assert refusal(create, context, "x", empty) == "Filter Expression is empty"
    assert "Error Location" in refusal(create, context, "x", "bad {")
    insights = {"NotificationsEnabled": True}
    assert "InsightsEnabled" in refusal(
        create, context, "x", InsightsConfiguration=insights
    )
    few = dataclasses.replace(context, groups_max=2)
    assert "2" in refusal(create, few, "x")


def test_unknown_and_ambiguous_names(context):
    arn = create(context)["GroupARN"]
    for call in (get_group, delete_group):
        assert refusal(call, {"GroupName": "no"}, context) == "Group not found"
        assert refusal(call, {"GroupARN": PREFIX + "slow/AAAA"}, context) == (
            "Group not found"
        )
        assert refusal(call, {"GroupARN": "arn:aws:s3:::x"}, context) == (
            "Group not found"
        )
        both = {"GroupName": "slow", "GroupARN": arn}
        assert "not both" in refusal(call, both, context)
        assert "not both" in refusal(call, {}, context)


def test_an_update_without_a_filter_keeps_it(context, conforms):
    create(context)
    request = {"GroupName": "slow", "InsightsConfiguration": {"InsightsEnabled": True}}
    answer = conforms("UpdateGroup", update_group(request, context, validate))
    assert answer["Group"]["FilterExpression"] == "duration > 5"
    request = {"GroupName": "slow", "FilterExpression": "fault"}
    assert update_group(request, context, validate)["Group"] == {
        **answer["Group"],
        "FilterExpression": "fault",
    }
    assert context.records.get("group", "slow").value["version"] == 2
    blank = {"GroupName": "slow", "FilterExpression": " "}
    assert refusal(update_group, blank, context, validate) == (
        "Filter Expression is empty"
    )


def test_a_group_made_again_has_another_arn_and_no_tags(context, conforms):
    first = create(context, Tags=[{"Key": "k", "Value": "v"}])["GroupARN"]
    tags = list_tags_for_resource({"ResourceARN": first}, context)["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}]
    assert delete_group({"GroupARN": first}, context) == {}
    second = create(context)["GroupARN"]
    assert second != first
    assert list_tags_for_resource({"ResourceARN": second}, context)["Tags"] == []
    with pytest.raises(ResourceNotFoundError):
        list_tags_for_resource({"ResourceARN": first}, context)


def test_what_reads_need_of_groups(context):
    arn = create(context)["GroupARN"]
    records = context.records
    assert group_expression(records) is None
    assert group_expression(records, "Default") is None
    assert group_expression(records, "slow") == "duration > 5"
    assert group_expression(records, arn=arn) == "duration > 5"
    assert refusal(group_expression, records, "no") == "Group not found."
    assert group_expressions(records) == {"Default": None, "slow": "duration > 5"}
