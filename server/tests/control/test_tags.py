"""Tags: merged, bounded, and only on what exists."""

import pytest

from fluoro.control.groups import create_group
from fluoro.control.tags import list_tags_for_resource, tag_resource, untag_resource
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError

RULE = "arn:aws:xray:us-east-1:000000000000:sampling-rule/Default"


@pytest.fixture(params=["rule", "group", "default group"])
def arn(request, context):
    if request.param == "rule":
        return RULE
    if request.param == "default group":
        return "arn:aws:xray:us-east-1:000000000000:group/Default"
    made = create_group(
        {"GroupName": "g", "FilterExpression": "fault"}, context, lambda _: None
    )
    return made["Group"]["GroupARN"]


def pairs(**tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def put(context, arn, tags):
    return tag_resource({"ResourceARN": arn, "Tags": tags}, context)


def read(context, arn):
    answer = list_tags_for_resource({"ResourceARN": arn, "NextToken": "x"}, context)
    assert answer["NextToken"] is None
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}


def test_tags_merge_and_overwrite(context, arn, conforms):
    assert read(context, arn) == {}
    assert put(context, arn, pairs(a="1", b="")) == {}
    put(context, arn, pairs(b="2", c="3"))
    put(context, arn, [])
    assert read(context, arn) == {"a": "1", "b": "2", "c": "3"}
    gone = {"ResourceARN": arn, "TagKeys": ["a", "never"]}
    assert untag_resource(gone, context) == {}
    assert read(context, arn) == {"b": "2", "c": "3"}
    conforms(
        "ListTagsForResource", list_tags_for_resource({"ResourceARN": arn}, context)
    )


def test_more_than_fifty_are_refused_whole(context):
    put(context, RULE, pairs(**{f"k{n}": "v" for n in range(50)}))
    for tags in (
        pairs(k50="v"),
        pairs(**{f"x{n}": "v" for n in range(51)}),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            put(context, RULE, tags)
        assert caught.value.message == (
            "The resultant tag set must not have more than 50 user tags."
        )
    assert len(read(context, RULE)) == 50
    put(context, RULE, pairs(k0="other"))


def test_system_keys_and_repeated_keys_are_refused(context):
    with pytest.raises(InvalidRequestError) as caught:
        put(context, RULE, [{"Key": "aws:x", "Value": "v"}])
    assert caught.value.message == (
        "Caller is an end user and not allowed to mutate system tags"
    )
    with pytest.raises(InvalidRequestError):
        put(context, RULE, [*pairs(a="1"), *pairs(a="2")])
    assert read(context, RULE) == {}


@pytest.mark.parametrize(
    "arn",
    [
        RULE + "x",
        "arn:aws:xray:us-east-1:000000000000:group/none/AAAA",
        "arn:aws:s3:::bucket",
        "nonsense",
    ],
)
def test_unknown_resources(context, arn):
    for call, members in (
        (tag_resource, {"Tags": []}),
        (untag_resource, {"TagKeys": []}),
        (list_tags_for_resource, {}),
    ):
        with pytest.raises(ResourceNotFoundError) as caught:
            call({"ResourceARN": arn, **members}, context)
        assert caught.value.message == f"Resource {arn} not found"
        assert caught.value.extra == {"ResourceName": arn}
