"""What a resource gives its documents: origin and the block aws."""

import pytest

from fluoro.wire.otlp.options import MappingOptions


@pytest.mark.parametrize(
    ("platform", "launch_type", "origin"),
    [
        ("aws_app_runner", None, "AWS::AppRunner::Service"),
        ("aws_eks", None, "AWS::EKS::Container"),
        ("aws_elastic_beanstalk", None, "AWS::ElasticBeanstalk::Environment"),
        ("aws_ecs", None, "AWS::ECS::Container"),
        ("aws_ecs", "ec2", "AWS::ECS::EC2"),
        ("aws_ecs", "FARGATE", "AWS::ECS::Fargate"),
        ("aws_ec2", None, "AWS::EC2::Instance"),
        ("aws_lambda", None, None),
        ("gcp_compute_engine", None, None),
    ],
)
@pytest.mark.parametrize("kind", ["SERVER", "INTERNAL"])
def test_origin(document, platform, launch_type, origin, kind):
    resource = {"cloud.platform": platform}
    if launch_type:
        resource["aws.ecs.launchtype"] = launch_type
    made = document(kind, resource=resource, parent_span_id=b"12345678")
    assert made.get("origin") == origin


def test_other_clouds_have_neither_origin_nor_aws(document):
    resource = {"cloud.provider": "gcp", "cloud.platform": "aws_ec2", "host.id": "i"}
    made = document(resource=resource)
    assert not made.keys() & {"origin", "aws"}


@pytest.mark.parametrize(
    ("resource", "aws"),
    [
        ({"cloud.account.id": "1"}, {"account_id": "1"}),
        (
            {
                "host.id": "i-1",
                "host.type": "m5",
                "host.image.id": "ami",
                "cloud.availability_zone": "a",
            },
            {
                "ec2": {
                    "instance_id": "i-1",
                    "availability_zone": "a",
                    "instance_size": "m5",
                    "ami_id": "ami",
                }
            },
        ),
        (
            {
                "cloud.platform": "aws_ecs",
                "container.name": "c",
                "container.id": "cid",
                "aws.ecs.container.arn": "ca",
                "aws.ecs.cluster.arn": "cl",
                "aws.ecs.task.arn": "ta",
                "aws.ecs.task.family": "tf",
            },
            {
                "ecs": {
                    "container": "c",
                    "container_id": "cid",
                    "container_arn": "ca",
                    "cluster_arn": "cl",
                    "task_arn": "ta",
                    "task_family": "tf",
                }
            },
        ),
        (
            {"k8s.cluster.name": "k", "k8s.pod.name": "p", "container.id": "c"},
            {"eks": {"cluster_name": "k", "pod": "p", "container_id": "c"}},
        ),
        (
            {
                "cloud.platform": "aws_elastic_beanstalk",
                "service.instance.id": "12",
                "service.namespace": "prod",
                "service.version": "v1",
            },
            {
                "elastic_beanstalk": {
                    "deployment_id": 12,
                    "environment": "prod",
                    "version_label": "v1",
                }
            },
        ),
        (
            {"aws.log.group.arns": ["arn:aws:logs:r:1:log-group:/g"]},
            {
                "cloudwatch_logs": [
                    {"log_group": "/g", "arn": "arn:aws:logs:r:1:log-group:/g"}
                ]
            },
        ),
        (
            {"aws.log.group.names": "a&b"},
            {"cloudwatch_logs": [{"log_group": "a"}, {"log_group": "b"}]},
        ),
        (
            {
                "telemetry.sdk.name": "opentelemetry",
                "telemetry.sdk.language": "java",
                "telemetry.sdk.version": "1.2",
                "telemetry.auto.version": "2",
            },
            {
                "xray": {
                    "sdk": "opentelemetry for java",
                    "sdk_version": "1.2",
                    "auto_instrumentation": True,
                }
            },
        ),
    ],
)
def test_aws(document, resource, aws):
    assert document(resource=resource)["aws"] == aws


def test_log_groups_of_the_setting(document):
    made = document(options=MappingOptions(log_groups=("/g",)))
    assert made["aws"] == {"cloudwatch_logs": [{"log_group": "/g"}]}
