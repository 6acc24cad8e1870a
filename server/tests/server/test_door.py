"""The door over real sockets: routes, roles, sessions, the console's neighbours."""

import json
import urllib.error
import urllib.request
from http.client import HTTPConnection

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fluoro.server.door import operation_of


def call(server, method, path, body=None, **headers):
    """Return (status, headers, JSON body)."""
    connection = HTTPConnection(server.host, server.port, timeout=30)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, answer.headers, json.loads(text) if text else None
    finally:
        connection.close()


def make_key(server, role, **headers):
    status, _, body = call(
        server, "POST", "/api/keys/create", {"Name": role, "Role": role}, **headers
    )
    assert status == 200, body
    return body["Key"]


def client(server, key):
    return boto3.client(
        "xray",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
    )


# a header of a proxy makes a caller a stranger, though it is on this machine
STRANGER = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture(scope="module")
def keys(server):
    made = {role: make_key(server, role) for role in ("read", "write", "admin")}
    yield made
    for key in made.values():
        revoked = {"AccessKeyId": key["AccessKeyId"]}
        assert call(server, "POST", "/api/keys/revoke", revoked)[0] == 200


def as_stranger(client):
    def add(request, **_):
        request.headers["X-Forwarded-For"] = "192.0.2.7"

    client.meta.events.register("before-sign.xray.*", add)
    return client


def code_of(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    return status, caught.value.response["Error"]["Code"]


def test_boto3_signs_and_is_let_in_by_role(server, keys):
    read = as_stranger(client(server, keys["read"]))
    write = as_stranger(client(server, keys["write"]))
    admin = as_stranger(client(server, keys["admin"]))
    denied = (403, "AccessDeniedException")
    assert read.get_groups()["Groups"][0]["GroupName"] == "Default"
    assert read.get_groups()["Groups"][0]["GroupARN"].startswith(
        "arn:aws:xray:eu-west-1:"
    )
    assert code_of(read.delete_group, GroupName="x") == denied
    assert write.put_trace_segments(TraceSegmentDocuments=["{"])
    assert write.get_sampling_rules()["SamplingRuleRecords"]
    assert code_of(write.get_groups) == denied
    assert code_of(admin.delete_group, GroupName="x") == (
        400,
        "InvalidRequestException",
    )


def test_wrong_and_unknown_keys(server, keys):
    wrong = {**keys["read"], "SecretAccessKey": "wrong"}
    unknown = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret"}
    for key in (wrong, unknown):
        stranger = as_stranger(client(server, key))
        assert code_of(stranger.get_groups) == (403, "UnrecognizedClientException")


def test_strangers_reach_only_what_is_open(server):
    for method, path in (
        ("POST", "/Groups"),
        ("POST", "/TraceSegments"),
        ("POST", "/GetSamplingRules"),
        ("GET", "/api/keys"),
        ("POST", "/api/keys/create"),
        ("GET", "/api/anything/new"),
        ("GET", "/metrics"),
    ):
        status, headers, body = call(server, method, path, {}, **STRANGER)
        assert (status, body) == (403, {"Message": "Missing Authentication Token"})
        assert headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    assert call(server, "GET", "/healthz", **STRANGER)[0] == 200


def test_new_routes_are_closed_until_they_are_listed():
    assert operation_of("GET", "/api/new") == "GetApi"
    assert operation_of("POST", "/api/new") == "ChangeApi"
    assert operation_of("DELETE", "/api/keys/create") == "ChangeApi"
    assert operation_of("POST", "/api/filters/explain") == "GetApi"
    assert operation_of("POST", "/v1/traces") == "PutTraceSegments"
    assert operation_of("POST", "/Groups") == "GetGroups"
    for path in ("/", "/assets/x.js", "/healthz", "/api/login"):
        assert operation_of("GET", path) is None


def test_a_session_in_the_browser(server, keys):
    key = keys["read"]
    login = {name: key[name] for name in ("AccessKeyId", "SecretAccessKey")}
    status, headers, _ = call(server, "POST", "/api/login", login, **STRANGER)
    assert status == 200
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    session = {**STRANGER, "Cookie": cookie.partition(";")[0]}
    status, _, body = call(server, "GET", "/api/session", **session)
    assert (status, body) == (
        200,
        {"Name": "read", "Role": "read", "AccessKeyId": key["AccessKeyId"]},
    )
    assert call(server, "POST", "/Groups", {}, **session)[0] == 200
    assert call(server, "GET", "/api/keys", **session)[0] == 403
    status, headers, _ = call(server, "POST", "/api/logout", {}, **session)
    assert 'fluoro_session=""' in headers["set-cookie"]


def test_rebinding_and_other_sites(server):
    assert call(server, "GET", "/healthz", Host="evil.example")[0] == 403
    assert call(server, "POST", "/Groups", {}, Host="evil.example")[0] == 403
    evil = {"Origin": "https://evil.example"}
    status, headers, _ = call(server, "POST", "/Groups", {}, **evil)
    assert status == 403
    assert "access-control-allow-origin" not in headers
    own = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    assert call(server, "POST", "/Groups", {}, **own)[0] == 200


def test_guessing_is_slowed_down(start_server):
    server = start_server()
    login = {"AccessKeyId": "x", "SecretAccessKey": "y"}
    answers = [call(server, "POST", "/api/login", login)[0] for _ in range(11)]
    assert answers == [403] * 10 + [429]


def test_the_audit_log_names_who_did_it(server, keys):
    admin = as_stranger(client(server, keys["admin"]))
    admin.create_group(GroupName="audited", FilterExpression="fault")
    code_of(admin.create_group, GroupName="audited", FilterExpression="fault")
    admin.delete_group(GroupName="audited")
    _, _, body = call(server, "GET", "/api/audit?limit=50")
    found = [
        (c["Operation"], c["Principal"], c["ErrorCode"])
        for c in body["Changes"]
        if c["Resource"] == "audited"
    ]
    assert found == [
        ("DeleteGroup", "admin", None),
        ("CreateGroup", "admin", "InvalidRequestException"),
        ("CreateGroup", "admin", None),
    ]
    assert all("Secret" not in c["Request"] for c in body["Changes"])


def test_usage(server):
    status, _, body = call(server, "GET", "/api/usage?days=2")
    assert status == 200
    assert len(body["Days"]) == 2
    assert call(server, "GET", "/api/usage?days=x")[0] == 400
    assert call(server, "GET", "/api/usage?days=0")[0] == 400


def test_bodies_that_are_no_objects(server):
    for body in ("[]", "{"):
        request = urllib.request.Request(f"{server.url}/api/keys/create", body.encode())
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=30)
        with caught.value as error:
            assert error.code == 400


def test_metrics_of_groups(server):
    assert 'fluoro_group_traces{group="Default"}' in server.metrics()
