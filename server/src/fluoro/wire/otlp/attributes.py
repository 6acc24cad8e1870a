"""Both generations of the semantic conventions in tables: what an attribute means.

Each row gives a member of a segment document and the attributes it is read from, in the
order of preference; older names stand beside the stable ones.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Names = tuple[str, ...]

HTTP_REQUEST: dict[str, Names] = {
    "method": ("http.request.method", "http.method"),
    "url": ("url.full", "http.url"),
    "user_agent": ("user_agent.original", "http.user_agent"),
}
HTTP_STATUS: Names = ("http.response.status_code", "http.status_code")
HTTP_CLIENT: Names = ("client.address", "http.client_ip")
HTTP_PEER: Names = ("network.peer.address", "net.peer.ip", "net.sock.peer.addr")
HTTP_SCHEME: Names = ("url.scheme", "http.scheme")
HTTP_TARGET: Names = ("http.target",)
HTTP_PATH: Names = ("url.path",)
HTTP_QUERY: Names = ("url.query",)
HTTP_SIZE: Names = ("http.response.body.size", "http.response_content_length")
SERVER_HOST: Names = (
    "http.host",
    "server.address",
    "http.server_name",
    "net.host.name",
    "host.name",
)
SERVER_PORT: Names = ("server.port", "net.host.port")
CLIENT_HOST: Names = ("http.host", "server.address", "net.peer.name", *HTTP_PEER)
CLIENT_PORT: Names = ("server.port", "net.peer.port")

HTTP_CONSUMED = frozenset(
    (
        *(name for row in HTTP_REQUEST.values() for name in row),
        *HTTP_STATUS,
        *HTTP_CLIENT,
        *HTTP_PEER,
        *HTTP_SCHEME,
        *HTTP_TARGET,
        *HTTP_PATH,
        *HTTP_QUERY,
        *HTTP_SIZE,
        *SERVER_HOST,
        *SERVER_PORT,
        *CLIENT_HOST,
        *CLIENT_PORT,
    )
)
HTTP_MARKERS = frozenset(
    key
    for key in HTTP_CONSUMED
    if key.startswith(("http.", "url.", "user_agent.")) and key not in HTTP_SIZE
)
"""A span that has one of these is a request; addresses alone do not make it one."""

SQL_MEMBERS: dict[str, Names] = {
    "sanitized_query": ("db.query.text", "db.statement"),
    "user": ("db.user",),
    "database_type": ("db.system.name", "db.system"),
}
SQL_SYSTEM: Names = SQL_MEMBERS["database_type"]
SQL_CONNECTION: Names = ("db.connection_string",)
SQL_DATABASE: Names = ("db.namespace", "db.name")
SQL_CONSUMED = frozenset(
    (*SQL_CONNECTION, *SQL_DATABASE, *(n for row in SQL_MEMBERS.values() for n in row))
)
SQL_SYSTEMS = frozenset(
    {
        "db2",
        "derby",
        "hive",
        "mariadb",
        "mssql",
        "mysql",
        "oracle",
        "postgresql",
        "sqlite",
        "teradata",
        "other_sql",
        # the stable names of the same systems
        "ibm.db2",
        "microsoft.sql_server",
        "oracle.db",
    }
)

AWS_CALL: dict[str, Names] = {
    "operation": ("aws.operation", "rpc.method"),
    "account_id": ("aws.account_id",),
    "region": ("aws.region", "cloud.region"),
    "request_id": ("aws.request_id", "aws.requestId"),
    "queue_url": (
        "messaging.url",
        "aws.queue_url",
        "aws.queue.url",
        "aws.sqs.queue.url",
        "aws.sqs.queue_url",
    ),
    "table_name": ("aws.table_name", "aws.table.name"),
    # Resources the map tells apart; the collector leaves them among the attributes.
    "bucket_name": ("aws.s3.bucket",),
    "topic_arn": ("aws.sns.topic.arn",),
    "function_name": ("aws.lambda.function.name", "faas.invoked_name"),
}
AWS_TABLES = "aws.dynamodb.table_names"
AWS_RETRIES: Names = ("aws.retries", "retry_attempts", "aws.xray.retries")
AWS_NAMES = frozenset(
    (AWS_TABLES, *AWS_RETRIES, *(n for row in AWS_CALL.values() for n in row))
)
AWS_CONSUMED = AWS_NAMES - {"rpc.method"}
"""Of these `rpc.method` stays searchable: RPC systems other than AWS's use it too."""

NAMING: Names = ("peer.service", "aws.service")
RPC_NAMING: Names = (
    "rpc.service",
    "http.host",
    "net.peer.name",
    "server.address",
)
NAMES_SOURCES = frozenset(
    (*NAMING, *RPC_NAMING, *SQL_DATABASE, "aws.local.service", "aws.remote.service")
)
"""A span without any of these is named after its service or itself."""

EC2_MEMBERS = {
    "instance_id": "host.id",
    "availability_zone": "cloud.availability_zone",
    "instance_size": "host.type",
    "ami_id": "host.image.id",
}
ECS_MEMBERS = {
    "container": "container.name",
    "container_id": "container.id",
    "availability_zone": "cloud.availability_zone",
    "container_arn": "aws.ecs.container.arn",
    "cluster_arn": "aws.ecs.cluster.arn",
    "task_arn": "aws.ecs.task.arn",
    "task_family": "aws.ecs.task.family",
    "launch_type": "aws.ecs.launchtype",
}
EKS_MEMBERS = {
    "cluster_name": "k8s.cluster.name",
    "pod": "k8s.pod.name",
    "container_id": "container.id",
}

ORIGINS = {
    "aws_app_runner": "AWS::AppRunner::Service",
    "aws_eks": "AWS::EKS::Container",
    "aws_elastic_beanstalk": "AWS::ElasticBeanstalk::Environment",
    "aws_ecs": "AWS::ECS::Container",
    "aws_ec2": "AWS::EC2::Instance",
}
"""`cloud.platform` to the segment's origin."""

ECS_ORIGINS = {"ec2": "AWS::ECS::EC2", "fargate": "AWS::ECS::Fargate"}
"""`aws.ecs.launchtype` to the origin of a segment on ECS."""


def text(attributes: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first of the named attributes that is a text with letters, or ''."""
    for name in names:
        value = attributes.get(name)
        if value and type(value) is str:
            return value
    return ""


def integer(attributes: Mapping[str, Any], names: Iterable[str]) -> int | None:
    """Return the first of the named attributes that is a whole number or says one."""
    for name in names:
        value = attributes.get(name)
        if type(value) is int:
            return value
        if type(value) is str and (number := digits(value)) is not None:
            return number
    return None


def digits(value: str) -> int | None:
    """Return the whole number that a text is, None for any other text."""
    if len(value) < 19 and value.isascii() and value.isdigit():
        return int(value)
    return None
