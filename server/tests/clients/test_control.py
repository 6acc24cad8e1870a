"""What people configure, by boto3 over a real socket.

Answers are checked against botocore's model by the fixture `xray`.
"""

import json
import secrets
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

RULE = {
    "ResourceARN": "*",
    "Priority": 7000,
    "FixedRate": 0.5,
    "ReservoirSize": 3,
    "ServiceName": "shop",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "GET",
    "URLPath": "*",
    "Version": 1,
}


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"t-{secrets.token_hex(6)}"


@pytest.fixture
def unchecked(server):
    """A client that sends whatever it is given."""
    client = boto3.client(
        "xray",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
    yield client
    client.close()


@pytest.fixture
def rule(xray, name):
    """A sampling rule, deleted at last."""
    made = xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": name})
    yield made["SamplingRuleRecord"]["SamplingRule"]
    xray.delete_sampling_rule(RuleName=name)


@pytest.fixture
def group(xray, name):
    """A group, deleted at last."""
    made = xray.create_group(GroupName=name, FilterExpression="duration > 5")
    yield made["Group"]
    xray.delete_group(GroupName=name)


def refused(call, **members):
    """Return (status, code, message) of a refused call."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    response = caught.value.response
    error = response["Error"]
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, error["Code"], error["Message"]


INVALID = (400, "InvalidRequestException")
VALIDATION = (400, "ValidationException")


def broken(path, value, rule):
    text = f"Value {value} at '{path}' failed to satisfy constraint: Member must {rule}"
    return (*VALIDATION, f"1 validation error detected: {text}")


def test_a_sampling_rule_from_birth_to_death(xray, name):
    made = xray.create_sampling_rule(
        SamplingRule={**RULE, "RuleName": name}, Tags=[{"Key": "a", "Value": "b"}]
    )["SamplingRuleRecord"]
    assert made["SamplingRule"]["Attributes"] == {}
    arn = made["SamplingRule"]["RuleARN"]
    assert arn == f"arn:aws:xray:eu-west-1:000000000000:sampling-rule/{name}"
    assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "b"}
    ]
    listed = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert made in listed
    assert listed[-1]["SamplingRule"]["RuleName"] == "Default"
    boost = {"MaxRate": 0.9, "CooldownWindowMinutes": 2}
    updated = xray.update_sampling_rule(
        SamplingRuleUpdate={"RuleARN": arn, "Priority": 5, "SamplingRateBoost": boost}
    )["SamplingRuleRecord"]["SamplingRule"]
    assert (updated["Priority"], updated["SamplingRateBoost"]) == (5, boost)
    deleted = xray.delete_sampling_rule(RuleName=name)["SamplingRuleRecord"]
    assert deleted["SamplingRule"] == updated
    assert refused(xray.delete_sampling_rule, RuleName=name) == (
        *INVALID,
        "Sampling rule does not exist",
    )


@pytest.mark.parametrize(
    ("members", "error"),
    [
        (
            {"Priority": 0},
            broken(
                "samplingRule.priority", "'0'", "have value greater than or equal to 1"
            ),
        ),
        (
            {"Priority": 10_000},
            broken(
                "samplingRule.priority",
                "'10000'",
                "have value less than or equal to 9999",
            ),
        ),
        (
            {"FixedRate": 1.1},
            broken(
                "samplingRule.fixedRate",
                "'1.1'",
                "have value less than or equal to 1",
            ),
        ),
        (
            {"ReservoirSize": -1},
            broken(
                "samplingRule.reservoirSize",
                "'-1'",
                "have value greater than or equal to 0",
            ),
        ),
        (
            {"Attributes": {str(n): "v" for n in range(6)}},
            broken(
                "samplingRule.attributes",
                "'{0=v, 1=v, 2=v, 3=v, 4=v, 5=v}'",
                "have length less than or equal to 5",
            ),
        ),
        ({"Version": 2}, (*INVALID, "Sampling rule version must be 1")),
    ],
)
def test_refused_sampling_rules(unchecked, name, members, error):
    rule = {**RULE, "RuleName": name, **members}
    assert refused(unchecked.create_sampling_rule, SamplingRule=rule) == error


def test_three_broken_constraints_in_one_text(xray, name):
    rule = {**RULE, "RuleName": name, "HTTPMethod": "x" * 11, "Host": "x" * 65}
    _, code, text = refused(xray.create_sampling_rule, SamplingRule=rule)
    assert code == "ValidationException"
    assert text.startswith("2 validation errors detected: Value 'xxx")
    assert "; Value '" in text


def test_the_same_rule_twice(xray, rule):
    again = {**RULE, "RuleName": rule["RuleName"]}
    assert refused(xray.create_sampling_rule, SamplingRule=again) == (
        *INVALID,
        "Sampling rule already exists",
    )


def test_targets_and_statistics(xray, rule, name):
    document = {
        "RuleName": name,
        "ClientID": secrets.token_hex(12),
        "Timestamp": time.time(),
        "RequestCount": 5,
        "SampledCount": 2,
    }
    answer = xray.get_sampling_targets(
        SamplingStatisticsDocuments=[document, {**document, "RuleName": "gone"}]
    )
    [target] = answer["SamplingTargetDocuments"]
    assert target == {"RuleName": name, "FixedRate": 0.5}
    [unknown] = answer["UnprocessedStatistics"]
    assert unknown == {
        "RuleName": "gone",
        "ErrorCode": "400",
        "Message": "Unknown rule",
    }
    assert "UnprocessedBoostStatistics" not in answer
    pages = xray.get_paginator("get_sampling_statistic_summaries").paginate()
    summaries = pages.build_full_result()["SamplingStatisticSummaries"]
    assert name in [summary["RuleName"] for summary in summaries]


def test_refused_targets(unchecked):
    document = {
        "RuleName": "Default",
        "ClientID": "a" * 24,
        "Timestamp": 0,
        "RequestCount": 1,
        "SampledCount": 0,
    }
    assert refused(
        unchecked.get_sampling_targets,
        SamplingStatisticsDocuments=[{**document, "ClientID": "a"}],
    ) == broken(
        "samplingStatisticsDocuments.1.member.clientID",
        "'a'",
        "have length greater than or equal to 24",
    )
    _, code, text = refused(
        unchecked.get_sampling_targets, SamplingStatisticsDocuments=[document] * 26
    )
    assert code == "ValidationException"
    assert text.endswith("Member must have length less than or equal to 25")
    assert unchecked.get_sampling_targets(SamplingStatisticsDocuments=[])


def test_a_group_from_birth_to_death(xray, group, name):
    assert group["InsightsConfiguration"] == {
        "InsightsEnabled": False,
        "NotificationsEnabled": False,
    }
    assert xray.get_group(GroupARN=group["GroupARN"])["Group"] == group
    listed = xray.get_paginator("get_groups").paginate().build_full_result()["Groups"]
    assert group in listed
    assert {"GroupName": "Default"}.items() <= listed[0].items()
    updated = xray.update_group(
        GroupName=name, InsightsConfiguration={"InsightsEnabled": True}
    )["Group"]
    assert updated["FilterExpression"] == "duration > 5"
    assert updated["InsightsConfiguration"]["InsightsEnabled"] is True


def test_refused_groups(xray, group, name):
    assert refused(xray.create_group, GroupName=name, FilterExpression="fault") == (
        *INVALID,
        f"{name} already exists",
    )
    assert refused(xray.create_group, GroupName=f"{name}-2") == (
        *INVALID,
        "Filter Expression is empty",
    )
    status, code, text = refused(
        xray.create_group, GroupName=f"{name}-2", FilterExpression="fault {"
    )
    assert (status, code) == INVALID
    assert text.startswith("Error Location: line 1, position ")
    for call in (xray.get_group, xray.update_group, xray.delete_group):
        assert refused(call, GroupName="none") == (*INVALID, "Group not found")
    assert refused(xray.get_groups, NextToken="x") == (
        *INVALID,
        "Next Token not supported",
    )
    assert refused(xray.get_group, GroupName="x" * 33)[:2] == VALIDATION


def test_tags(xray, group):
    arn = group["GroupARN"]
    xray.tag_resource(ResourceARN=arn, Tags=[{"Key": "k@", "Value": ""}])
    xray.untag_resource(ResourceARN=arn, TagKeys=["other"])
    pages = xray.get_paginator("list_tags_for_resource").paginate(ResourceARN=arn)
    assert pages.build_full_result()["Tags"] == [{"Key": "k@", "Value": ""}]
    many = [{"Key": str(n), "Value": "v"} for n in range(51)]
    assert refused(xray.tag_resource, ResourceARN=arn, Tags=many) == (
        *INVALID,
        "The resultant tag set must not have more than 50 user tags.",
    )
    gone = arn[:-1] + ("A" if arn[-1] != "A" else "B")
    with pytest.raises(xray.exceptions.ResourceNotFoundException) as caught:
        xray.list_tags_for_resource(ResourceARN=gone)
    assert caught.value.response["Error"]["Message"] == f"Resource {gone} not found"
    assert caught.value.response["ResourceName"] == gone


def test_resource_policies(xray, name):
    document = {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": ["xray:PutTraceSegments"]}
        ]
    }
    put = {"PolicyName": name, "PolicyDocument": json.dumps(document)}
    made = xray.put_resource_policy(**put)["ResourcePolicy"]
    assert made["PolicyRevisionId"] == "1"
    pages = xray.get_paginator("list_resource_policies").paginate()
    assert made in pages.build_full_result()["ResourcePolicies"]
    errors = xray.exceptions
    with pytest.raises(errors.InvalidPolicyRevisionIdException):
        xray.put_resource_policy(**put, PolicyRevisionId="7")
    with pytest.raises(errors.MalformedPolicyDocumentException):
        xray.put_resource_policy(PolicyName=name, PolicyDocument="{")
    with pytest.raises(errors.PolicySizeLimitExceededException):
        xray.put_resource_policy(PolicyName=name, PolicyDocument=" " * 6000)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "xray:*"}
    with pytest.raises(errors.LockoutPreventionException):
        xray.put_resource_policy(
            PolicyName=name, PolicyDocument=json.dumps({"Statement": deny})
        )
    _, code, text = refused(
        xray.put_resource_policy, PolicyName="a b", PolicyDocument="{}"
    )
    assert code == "ValidationException"
    assert text.endswith(r"satisfy regular expression pattern: [\w+=,.@-]+")
    with pytest.raises(errors.InvalidPolicyRevisionIdException):
        xray.delete_resource_policy(PolicyName=name, PolicyRevisionId="7")
    xray.delete_resource_policy(PolicyName=name, PolicyRevisionId="1")
    assert refused(xray.delete_resource_policy, PolicyName=name) == (
        *INVALID,
        f"The resource policy {name} does not exist.",
    )


def test_encryption(xray):
    assert xray.get_encryption_config()["EncryptionConfig"]["Type"] == "NONE"
    assert refused(xray.put_encryption_config, Type="KMS") == (
        *INVALID,
        "KeyId is required for encryption type KMS",
    )
    assert refused(xray.put_encryption_config, Type="X")[:2] == VALIDATION


def test_destination_and_indexing(xray):
    found = xray.get_trace_segment_destination()
    assert (found["Destination"], found["Status"]) == ("XRay", "ACTIVE")
    [rule] = xray.get_indexing_rules()["IndexingRules"]
    assert rule["Name"] == "Default"
    with pytest.raises(xray.exceptions.ResourceNotFoundException):
        xray.update_indexing_rule(
            Name="Other", Rule={"Probabilistic": {"DesiredSamplingPercentage": 5}}
        )
    assert (
        refused(
            xray.update_indexing_rule,
            Name="Default",
            Rule={"Probabilistic": {"DesiredSamplingPercentage": 500}},
        )[:2]
        == INVALID
    )


def test_retrieval_in_both_formats(xray, read_trace):
    start = time.time() - 1
    document = {
        "id": secrets.token_hex(8),
        "name": "shop",
        "trace_id": f"1-{int(start):08x}-{secrets.token_hex(12)}",
        "start_time": start,
        "end_time": start + 0.25,
    }
    xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
    read_trace(document["trace_id"], segments=1)
    token = xray.start_trace_retrieval(
        TraceIds=[document["trace_id"]], StartTime=start - 60, EndTime=start + 60
    )["RetrievalToken"]
    answer = xray.list_retrieved_traces(RetrievalToken=token)
    assert answer["RetrievalStatus"] == "COMPLETE"
    [span] = answer["Traces"][0]["Spans"]
    assert json.loads(span["Document"]) == document
    answer = xray.list_retrieved_traces(RetrievalToken=token, TraceFormat="OTEL")
    [span] = answer["Traces"][0]["Spans"]
    assert span["Id"] == document["id"]
    found = json.loads(span["Document"])
    assert (found["name"], found["durationNano"]) == ("shop", 250_000_000)
    graph = xray.get_retrieved_traces_graph(RetrievalToken=token)
    assert graph["RetrievalStatus"] == "COMPLETE"
    names = [one["Service"]["Name"] for one in graph["Services"]]
    assert names == ["shop", "shop"], "the service and its client"
    xray.cancel_trace_retrieval(RetrievalToken=token)
    answer = xray.list_retrieved_traces(RetrievalToken=token)
    assert (answer["RetrievalStatus"], answer["Traces"]) == ("CANCELLED", [])
    with pytest.raises(xray.exceptions.ResourceNotFoundException):
        xray.list_retrieved_traces(RetrievalToken="unknown")


def test_limits_have_errors_of_their_own(start_server):
    server = start_server("--sampling-rules-max=1", "--groups-max=2")
    client = boto3.client(
        "xray",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )
    errors = client.exceptions
    client.create_sampling_rule(SamplingRule={**RULE, "RuleName": "one"})
    with pytest.raises(errors.RuleLimitExceededException):
        client.create_sampling_rule(SamplingRule={**RULE, "RuleName": "two"})
    client.create_group(GroupName="one", FilterExpression="fault")  # Default counts
    with pytest.raises(errors.InvalidRequestException):
        client.create_group(GroupName="two", FilterExpression="fault")
    allow = {"Effect": "Allow", "Principal": "*", "Action": "xray:*"}
    document = json.dumps({"Statement": [allow]})
    for number in range(5):
        client.put_resource_policy(PolicyName=f"p{number}", PolicyDocument=document)
    with pytest.raises(errors.PolicyCountLimitExceededException):
        client.put_resource_policy(PolicyName="p5", PolicyDocument=document)
    client.close()
