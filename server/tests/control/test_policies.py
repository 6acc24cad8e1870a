"""Resource policies: revisions, order of checks, texts, lockout."""

import json

import pytest

from fluoro.control.policies import (
    delete_resource_policy,
    list_resource_policies,
    put_resource_policy,
)
from fluoro.model.errors import (
    InvalidPolicyRevisionIdError,
    InvalidRequestError,
    LockoutPreventionError,
    MalformedPolicyDocumentError,
    PolicyCountLimitExceededError,
    PolicySizeLimitExceededError,
)

ALLOW = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": ["xray:PutTraceSegments"],
            "Resource": "*",
        }
    ],
}


def put(context, name="p", document=None, **members):
    text = document if isinstance(document, str) else json.dumps(document or ALLOW)
    request = {"PolicyName": name, "PolicyDocument": text, **members}
    return put_resource_policy(request, context)


def delete(context, name="p", revision=None):
    request = {"PolicyName": name, "PolicyRevisionId": revision}
    return delete_resource_policy(request, context)


def listed(context):
    return list_resource_policies({}, context)["ResourcePolicies"]


def test_a_policy_is_stored_without_white_space(context, conforms):
    answer = conforms("PutResourcePolicy", put(context))
    assert answer["ResourcePolicy"] == {
        "PolicyName": "p",
        "PolicyDocument": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Principal":{"Service":"sns.amazonaws.com"},'
        '"Action":"xray:PutTraceSegments","Resource":"*"}]}',
        "PolicyRevisionId": "1",
        "LastUpdatedTime": 4_000_000_000.0,
    }
    answer = conforms("ListResourcePolicies", list_resource_policies({}, context))
    assert answer["NextToken"] is None
    assert len(answer["ResourcePolicies"]) == 1


def test_revisions_count_each_put(context):
    assert put(context, PolicyRevisionId="0")["ResourcePolicy"]["PolicyRevisionId"] == (
        "1"
    )
    put(context)
    put(context, PolicyRevisionId="2")
    for stale in ("0", "2", "x"):
        with pytest.raises(InvalidPolicyRevisionIdError) as caught:
            put(context, PolicyRevisionId=stale)
        assert caught.value.message == (
            "Another concurrent request has modified the resource policy p"
        )
    assert [policy["PolicyRevisionId"] for policy in listed(context)] == ["3"]


def test_deletion(context):
    put(context)
    for name, revision in (("p", "7"), ("unknown", "1")):
        with pytest.raises(InvalidPolicyRevisionIdError) as caught:
            delete(context, name, revision)
        assert caught.value.message == (
            "Another concurrent request has modified or deleted the resource policy "
            + name
        )
    assert delete(context, "p", "1") == {}
    assert listed(context) == []
    with pytest.raises(InvalidRequestError) as caught:
        delete(context)
    assert caught.value.message == "The resource policy p does not exist."
    again = put(context, PolicyRevisionId="0")
    assert again["ResourcePolicy"]["PolicyRevisionId"] == "1"


def test_a_token_is_refused(context):
    with pytest.raises(InvalidRequestError) as caught:
        list_resource_policies({"NextToken": "x"}, context)
    assert caught.value.message == "NextToken is currently not supported"


def test_what_is_no_policy(context):
    with pytest.raises(MalformedPolicyDocumentError) as caught:
        put(context, document="{")
    assert caught.value.message is None
    for text in ("[]", "{}", '{"Statement":[1]}', '{"Statement":{"Effect":"x"}}'):
        with pytest.raises(MalformedPolicyDocumentError) as caught:
            put(context, document=text)
        assert caught.value.message
    assert listed(context) == []


def test_limits_are_checked_before_the_document(context):
    with pytest.raises(PolicySizeLimitExceededError):
        put(context, document=" " * 5121)
    for number in range(5):
        put(context, f"p{number}")
    with pytest.raises(PolicyCountLimitExceededError):
        put(context, "p5", document=" " * 5121)
    put(context, "p4")


def test_authors_do_not_lock_themselves_out(context):
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "000000000000"},
        "Action": ["xray:Get*", "xray:Put*"],
    }
    with pytest.raises(LockoutPreventionError) as caught:
        put(context, document={"Statement": deny}, BypassPolicyLockoutCheck=False)
    assert caught.value.message == (
        "The new resource policy will not allow the caller of this request to call"
        " PutResourcePolicy in the future."
    )
    put(context, document={"Statement": deny}, BypassPolicyLockoutCheck=True)
    for harmless in (
        {**deny, "Action": "xray:Get*"},
        {**deny, "Principal": {"AWS": "111111111111"}},
    ):
        put(context, document={"Statement": harmless})
