"""Groups that lead to groups, asked of a server."""

import secrets
import time
import urllib.error
import urllib.parse

import pytest


@pytest.fixture
def chained(server):
    """The last of a few groups that are each about the one before it."""
    names = [f"chain-{secrets.token_hex(4)}-{n}" for n in range(12)]
    text = "fault"
    for name in names:
        group = {"GroupName": name, "FilterExpression": text}
        assert server.post("/CreateGroup", group)[0] == 200
        text = "!" * 48 + f'group.name = "{name}"'
    yield names[-1]
    for name in names:
        server.post("/DeleteGroup", {"GroupName": name})


@pytest.mark.parametrize("path", ["/TraceSummaries", "/ServiceGraph"])
def test_a_chain_that_is_too_long_is_a_bad_request(server, chained, path):
    now = time.time()
    request = {"StartTime": now - 60, "EndTime": now}
    request |= (
        {"GroupName": chained}
        if path == "/ServiceGraph"
        else {"FilterExpression": f'group.name = "{chained}"'}
    )
    status, headers, body = server.post(path, request)
    assert status == 400
    assert headers["x-amzn-errortype"] == "InvalidRequestException"
    assert "with its groups the expression nests deeper than" in body["Message"]


def test_the_tail_refuses_it_at_the_start(server, chained):
    asked = urllib.parse.quote(f'group.name = "{chained}"')
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.get(f"/api/tail?filter={asked}")
    with refused.value as answer:
        assert answer.status == 400
        assert "nests deeper than" in answer.read().decode()
