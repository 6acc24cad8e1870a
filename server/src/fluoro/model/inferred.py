"""Which node a call leads to when nobody reports the other side.

A completed subsegment with namespace `aws` or `remote` stands for a downstream node.
For AWS calls with an operation and a known resource the node is that resource
(recorded from the real service); every other AWS call is `AWS::<name>`; SQL is
`Database::SQL` and the rest `remote` (decisions: SQL's type).
"""

from typing import Any, NamedTuple


class Node(NamedTuple):
    """A node's name and type."""

    name: str
    type: str


RESOURCES = {
    "DynamoDB": ("table_name", "AWS::DynamoDB::Table"),
    "S3": ("bucket_name", "AWS::S3::Bucket"),
    "SQS": ("queue_url", "AWS::SQS::Queue"),
    "SNS": ("topic_arn", "AWS::SNS"),
    "Lambda": ("function_name", "AWS::Lambda"),
}
"""Subsegment name to the member of `aws` that names the resource, and its type."""

DISPLAY_NAMES = {
    "dynamodb": "DynamoDB",
    "s3": "S3",
    "sqs": "SQS",
    "sns": "SNS",
    "lambda": "Lambda",
}
"""The Python SDK names calls after botocore's endpoint prefix, the others do not."""

SQL_TYPE = "Database::SQL"
REMOTE_TYPE = "remote"


def aws_resource(name: str, aws: Any) -> Node | None:
    """Return the resource an AWS call names, or None where none is recognised.

    `aws` is the member of that name, as an object with attributes.
    """
    rule = RESOURCES.get(DISPLAY_NAMES.get(name, name))
    if rule is None or aws is None or not aws.operation:
        return None
    resource = getattr(aws, rule[0])
    return Node(resource, rule[1]) if resource else None


def node_of_call(name: str, namespace: str | None, aws: Any, *, sql: bool) -> Node:
    """Return the node a remote call leads to; `("", "")` for local work."""
    if namespace == "aws":
        return aws_resource(name, aws) or Node(
            name, f"AWS::{DISPLAY_NAMES.get(name, name)}"
        )
    if namespace == "remote":
        return Node(name, SQL_TYPE if sql else REMOTE_TYPE)
    return Node("", "")
