"""The blocks http, sql and aws, from both generations of the semantic conventions."""

import pytest

HTTP = [
    (
        "old server",
        "SERVER",
        {
            "http.method": "GET",
            "http.scheme": "https",
            "http.host": "shop.test",
            "http.target": "/a?b=1",
            "http.status_code": 404,
            "http.user_agent": "curl",
            "http.client_ip": "10.0.0.1",
            "net.peer.ip": "10.0.0.2",
        },
        {
            "method": "GET",
            "url": "https://shop.test/a?b=1",
            "user_agent": "curl",
            "client_ip": "10.0.0.1",
        },
        404,
    ),
    (
        "stable server",
        "SERVER",
        {
            "http.request.method": "GET",
            "url.scheme": "https",
            "server.address": "shop.test",
            "server.port": 8443,
            "url.path": "/a",
            "url.query": "b=1",
            "http.response.status_code": 200,
            "user_agent.original": "curl",
            "client.address": "10.0.0.1",
        },
        {
            "method": "GET",
            "url": "https://shop.test:8443/a?b=1",
            "user_agent": "curl",
            "client_ip": "10.0.0.1",
            "x_forwarded_for": True,
        },
        200,
    ),
    (
        "whole url",
        "CLIENT",
        {"http.method": "PUT", "http.url": "http://x/y", "net.peer.name": "x"},
        {"method": "PUT", "url": "http://x/y"},
        None,
    ),
    (
        "stable whole url",
        "CLIENT",
        {"http.request.method": "PUT", "url.full": "http://x/y"},
        {"method": "PUT", "url": "http://x/y"},
        None,
    ),
    (
        "old client",
        "CLIENT",
        {"http.method": "PUT", "net.peer.name": "x.test", "net.peer.port": 8080},
        {"method": "PUT", "url": "http://x.test:8080/"},
        None,
    ),
    (
        "a port that tells the scheme",
        "CLIENT",
        {"http.status_code": 200, "server.address": "x", "server.port": 443},
        {"url": "https://x/"},
        200,
    ),
    (
        "server by host and default port",
        "SERVER",
        {"http.method": "GET", "net.host.name": "h", "net.host.port": 80},
        {"method": "GET", "url": "http://h/"},
        None,
    ),
    (
        "peer as client, status as text",
        "SERVER",
        {"http.method": "GET", "net.peer.ip": "10.9.9.9", "http.status_code": "201"},
        {"method": "GET", "client_ip": "10.9.9.9"},
        201,
    ),
    (
        "stable peer as client",
        "SERVER",
        {"http.request.method": "GET", "network.peer.address": "10.9.9.9"},
        {"method": "GET", "client_ip": "10.9.9.9"},
        None,
    ),
    (
        "a client that is known by its proxy's peer",
        "SERVER",
        {
            "http.request.method": "GET",
            "client.address": "10.0.0.1",
            "network.peer.address": "10.9.9.9",
        },
        {"method": "GET", "client_ip": "10.0.0.1"},
        None,
    ),
    (
        "newer names before older ones",
        "CLIENT",
        {
            "http.method": "OLD",
            "http.request.method": "NEW",
            "http.url": "http://old/",
            "url.full": "http://new/",
            "http.user_agent": "old",
            "user_agent.original": "new",
            "http.status_code": 500,
            "http.response.status_code": 201,
        },
        {"method": "NEW", "url": "http://new/", "user_agent": "new"},
        201,
    ),
]


@pytest.mark.parametrize(
    ("kind", "attributes", "request_block", "status"),
    [row[1:] for row in HTTP],
    ids=[row[0] for row in HTTP],
)
def test_http(document, kind, attributes, request_block, status):
    made = document(kind, attributes)
    assert made["http"]["request"] == request_block
    assert made["http"]["response"].get("status") == status
    assert made["http"]["response"]["content_length"] == 0
    assert "annotations" not in made, "what http represents is not indexed again"


def test_addresses_alone_are_no_http(document):
    made = document("CLIENT", {"net.peer.name": "db", "server.address": "db"})
    assert "http" not in made
    assert made["annotations"] == {"net.peer.name": "db", "server.address": "db"}


@pytest.mark.parametrize(
    ("attributes", "events", "length"),
    [
        ({"http.response.body.size": 12}, [], 12),
        ({"http.response_content_length": 13}, [], 13),
        (
            {},
            [
                ("message", {"message.type": "SENT", "message.uncompressed_size": 3}),
                (
                    "message",
                    {
                        "message.type": "RECEIVED",
                        "messaging.message_payload_size_bytes": 14,
                    },
                ),
            ],
            14,
        ),
    ],
)
def test_content_length(document, attributes, events, length):
    made = document("CLIENT", {"http.method": "GET", **attributes}, events=events)
    assert made["http"]["response"]["content_length"] == length


@pytest.mark.parametrize(
    "system",
    [
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
    ],
)
def test_sql_of_the_old_conventions(document, system):
    made = document(
        "CLIENT",
        {
            "db.system": system,
            "db.name": "orders",
            "db.connection_string": "mysql://db.test:3306",
            "db.statement": "SELECT 1",
            "db.user": "app",
        },
        name="SELECT orders",
    )
    assert made["sql"] == {
        "url": "SELECT orders",
        "connection_string": "mysql://db.test:3306/orders",
        "sanitized_query": "SELECT 1",
        "user": "app",
        "database_type": system,
    }
    assert "annotations" not in made


@pytest.mark.parametrize(
    "system",
    ["microsoft.sql_server", "ibm.db2", "oracle.db", "mysql", "postgresql", "sqlite"],
)
def test_sql_of_the_stable_conventions(document, system):
    made = document(
        "CLIENT",
        {
            "db.system.name": system,
            "db.namespace": "orders",
            "db.query.text": "SELECT 1",
        },
    )
    assert made["sql"] == {
        "url": "GET /orders",
        "connection_string": "localhost/orders",
        "sanitized_query": "SELECT 1",
        "database_type": system,
    }


def test_other_databases_are_no_sql(document):
    made = document("CLIENT", {"db.system": "redis", "db.statement": "GET x"})
    assert "sql" not in made
    assert made["annotations"] == {"db.system": "redis", "db.statement": "GET x"}


@pytest.mark.parametrize(
    ("attribute", "value", "member"),
    [
        ("aws.operation", "GetItem", "operation"),
        ("rpc.method", "GetItem", "operation"),
        ("aws.account_id", "111122223333", "account_id"),
        ("aws.region", "eu-west-1", "region"),
        ("cloud.region", "eu-west-1", "region"),
        ("aws.request_id", "r", "request_id"),
        ("aws.requestId", "r", "request_id"),
        ("aws.queue_url", "q", "queue_url"),
        ("aws.queue.url", "q", "queue_url"),
        ("messaging.url", "q", "queue_url"),
        ("aws.sqs.queue.url", "q", "queue_url"),
        ("aws.sqs.queue_url", "q", "queue_url"),
        ("aws.table_name", "t", "table_name"),
        ("aws.table.name", "t", "table_name"),
        ("aws.s3.bucket", "b", "bucket_name"),
        ("aws.sns.topic.arn", "arn", "topic_arn"),
        ("faas.invoked_name", "f", "function_name"),
        ("aws.lambda.function.name", "f", "function_name"),
        ("aws.retries", 2, "retries"),
        ("retry_attempts", 2, "retries"),
        ("aws.xray.retries", "2", "retries"),
    ],
)
def test_aws_calls(document, attribute, value, member):
    wanted = 2 if member == "retries" else value
    assert document("CLIENT", {attribute: value})["aws"] == {member: wanted}


@pytest.mark.parametrize(
    ("tables", "member", "value"),
    [
        ("t", "table_name", "t"),
        (["t"], "table_name", "t"),
        (["t", "u"], "table_names", ["t", "u"]),
    ],
)
def test_dynamodb_tables(document, tables, member, value):
    attributes = {"aws.dynamodb.table_names": tables, "aws.table_name": "old"}
    assert document("CLIENT", attributes)["aws"][member] == value
