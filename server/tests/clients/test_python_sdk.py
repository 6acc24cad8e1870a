"""aws-xray-sdk for Python as it is: Flask, threads, asyncio, its sampler."""

import socket
import sys
import time
import urllib.error
from pathlib import Path

import pytest

APP = Path(__file__).parent / "python" / "flask_app.py"


@pytest.fixture(scope="session")
def app(programs, dynamodb, get):
    """The Flask application's URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    programs(sys.executable, APP, port, dynamodb)
    for _ in range(600):
        try:
            get(f"http://127.0.0.1:{port}/stock")
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return f"http://127.0.0.1:{port}"
    return pytest.fail("the application did not start")


def by_name(document):
    return {child["name"]: child for child in document.get("subsegments", ())}


def test_a_request_with_sql_http_and_aws_calls(app, get, trace_header, read_trace):
    trace_id, headers = trace_header

    status, _, _ = get(f"{app}/order", headers)
    order, *others = read_trace(trace_id, segments=2)

    assert status == 200
    assert order["name"] == "shop"
    assert order["user"] == "ann"
    assert order["annotations"] == {"tier": "gold", "items": 3}
    assert order["metadata"]["shop"] == {"cart": {"apple": 2, "pear": 1}}
    assert order["http"]["response"]["status"] == 200
    assert order["aws"]["xray"]["sdk"] == "X-Ray for Python"
    calls = by_name(order)
    assert {":memory:", "127.0.0.1", "dynamodb", "render"} <= calls.keys()
    assert calls[":memory:"]["sql"]["database_type"] == "sqlite3"
    assert calls["dynamodb"]["aws"]["operation"] == "PutItem"
    assert calls["dynamodb"]["aws"]["table_name"] == "orders"
    (stock,) = [d for d in others if not d.get("inferred")]
    assert stock["parent_id"] == calls["127.0.0.1"]["id"]
    inferred = {d["parent_id"]: d for d in others if d.get("inferred")}
    assert inferred[calls["dynamodb"]["id"]]["origin"] == "AWS::DynamoDB::Table"
    assert calls["127.0.0.1"]["id"] not in inferred


def test_a_summary_of_it(app, get, trace_header, read_trace, find_summary):
    trace_id, headers = trace_header
    get(f"{app}/order", headers)
    read_trace(trace_id, segments=2)

    summary = find_summary(trace_id)

    assert summary["EntryPoint"]["Name"] == "shop"
    assert summary["Http"]["HttpURL"] == f"{app}/order"
    assert (summary["Http"]["HttpMethod"], summary["Http"]["HttpStatus"]) == (
        "GET",
        200,
    )
    assert [user["UserName"] for user in summary["Users"]] == ["ann"]
    (tier,) = summary["Annotations"]["tier"]
    assert tier["AnnotationValue"] == {"StringValue": "gold"}
    (items,) = summary["Annotations"]["items"]
    assert items["AnnotationValue"] == {"NumberValue": 3.0}
    assert not summary["HasFault"]
    assert summary["ResponseTime"] > 0
    assert {"orders", "shop"} <= {node["Name"] for node in summary["ServiceIds"]}


def test_an_exception_is_a_fault_with_its_stack(
    app, get, trace_header, read_trace, find_summary
):
    trace_id, headers = trace_header

    status, _, _ = get(f"{app}/fail", headers)
    (document,) = read_trace(trace_id, segments=1)
    summary = find_summary(trace_id)

    assert status == 500
    assert document["fault"] is True
    (exception,) = document["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == (
        "RuntimeError",
        "out of apples",
    )
    assert exception["stack"][-1]["label"]
    assert summary["HasFault"]
    (cause,) = summary["FaultRootCauses"]
    (service,) = cause["Services"]
    assert service["EntityPath"][-1]["Exceptions"] == [
        {"Name": "RuntimeError", "Message": "out of apples"}
    ]


def test_the_sampler_asks_the_server_and_decides(app, get, read_trace):
    """A first request of a second is sampled; the answer's header says so."""
    for _ in range(50):
        _, headers, _ = get(f"{app}/stock", {"X-Amzn-Trace-Id": "Sampled=?"})
        told = dict(part.split("=") for part in headers["X-Amzn-Trace-Id"].split(";"))
        if told["Sampled"] == "1":
            break
        time.sleep(0.1)

    (document,) = read_trace(told["Root"], segments=1)
    assert document["name"] == "shop"


def test_threads_stream_their_subsegments(run_program, read_trace):
    trace_id = run_program("threads.py")

    (document,) = read_trace(trace_id, segments=1)

    assert set(by_name(document)) == {f"part {number}" for number in range(150)}


def test_coroutines(run_program, read_trace):
    trace_id = run_program("coroutines.py")

    (document,) = read_trace(trace_id, segments=1)

    assert set(by_name(document)) == {f"task {number}" for number in range(5)}
