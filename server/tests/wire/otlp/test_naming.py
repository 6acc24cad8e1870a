"""Which of a span's attributes becomes the segment's name."""

import pytest

RESOURCE = {"service.name": "checkout"}
SOURCES = [
    # each row also has all attributes of the rows below it
    ("peer.service", "peer", "peer"),
    ("aws.service", "DynamoDB", "DynamoDB"),
    ("db.name", "orders", "orders@db.test"),
    ("rpc.service", "Greeter", "Greeter"),
    ("http.host", "web.test:8080", "web.test:8080"),
    ("net.peer.name", "peer.test", "peer.test"),
    ("server.address", "server.test", "server.test"),
]


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_the_first_source_wins(document, first):
    attributes = {key: value for key, value, _ in SOURCES[first:]}
    attributes["db.connection_string"] = "jdbc:mysql://user@db.test:3306"
    made = document("CLIENT", attributes, resource=RESOURCE)
    assert made["name"] == SOURCES[first][2]


@pytest.mark.parametrize(
    ("kind", "attributes", "name"),
    [
        ("SERVER", {"aws.local.service": "local", "peer.service": "p"}, "local"),
        ("INTERNAL", {"aws.local.service": "local"}, "GET /orders"),
        (
            "INTERNAL",
            {"aws.local.service": "local", "aws.span.kind": "LOCAL_ROOT"},
            "local",
        ),
        ("CLIENT", {"aws.remote.service": "far", "peer.service": "p"}, "far"),
        ("PRODUCER", {"aws.remote.service": "far"}, "far"),
        ("CONSUMER", {"aws.remote.service": "far"}, "far"),
        (
            "CLIENT",
            {"aws.remote.service": "AWS::S3", "rpc.system": "aws-api"},
            "S3",
        ),
        (
            "CLIENT",
            {"aws.remote.service": "AWS.SDK.S3", "rpc.system": "aws-api"},
            "S3",
        ),
        ("CLIENT", {"aws.remote.service": "AWS::S3"}, "AWS::S3"),
        ("SERVER", {}, "checkout"),
        ("SERVER", {"rpc.service": "Greeter"}, "checkout"),
        ("CLIENT", {}, "GET /orders"),
        ("CLIENT", {"db.name": "orders"}, "orders"),
        ("CLIENT", {"db.name": "o", "db.connection_string": "http://["}, "o"),
        ("CLIENT", {"db.namespace": "o", "server.address": "db1"}, "o@db1"),
    ],
)
def test_sources_by_kind(document, kind, attributes, name):
    parent = bytes.fromhex("70de5b6f19ff9a0a")
    if attributes.get("aws.span.kind"):
        parent = b""
    made = document(kind, attributes, resource=RESOURCE, parent_span_id=parent)
    assert made["name"] == name


@pytest.mark.parametrize(
    ("span_name", "name"),
    [
        ("GET /a?b=<c>", "GET /ab=c"),
        ("", "span"),
        ("???", "span"),
        ("x" * 300, "x" * 200),
        ("käse 1", "käse 1"),
    ],
)
def test_names_are_cleaned(document, span_name, name):
    assert document("INTERNAL", name=span_name)["name"] == name
    assert document("CLIENT", {"peer.service": span_name or "?"})["name"] == name
