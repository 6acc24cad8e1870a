"""Unmodified clients: their programs, moto's server, and a checked X-Ray client."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from running import eventually
from support.botocore_check import parse_answer

OPTIONAL = {
    "SamplingRateBoost",
    "SamplingBoost",
    "UnprocessedBoostStatistics",
    "ActualSamplingPercentage",
    "EdgeType",
    "ReceivedEventAgeHistogram",
}
"""Members that are left out where there is nothing to say."""

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def credentials():
    """What clients want to see before they send anything."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture
def xray(server):
    """boto3's client; each answer is checked against botocore's own model."""
    client = boto3.client(
        "xray",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )

    def check(http_response, model, **_):
        if http_response.status_code == 200:
            parse_answer(model.name, json.loads(http_response.content), OPTIONAL)

    client.meta.events.register("after-call.xray", check)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield client
    client.close()


@pytest.fixture
def trace_header():
    """Return a new trace id, and the header of a caller that samples it."""
    trace_id = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return trace_id, {"X-Amzn-Trace-Id": f"Root={trace_id};Sampled=1"}


@pytest.fixture
def read_trace(xray):
    """Wait for a trace of so many real segments; return its documents, roots first."""

    def read(trace_id, segments):
        def whole():
            traces = xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
            found = [json.loads(s["Document"]) for t in traces for s in t["Segments"]]
            real = [d for d in found if not d.get("inferred")]
            running = any(d.get("in_progress") for d in real)
            return found if len(real) >= segments and not running else None

        found = eventually(whole)
        return sorted(found, key=lambda d: (d["start_time"], -d["end_time"]))

    return read


@pytest.fixture(scope="session")
def programs(server, credentials):
    """Start programs that find the server as their X-Ray daemon; stop them at last."""
    environment = os.environ | credentials
    environment["AWS_XRAY_DAEMON_ADDRESS"] = server.address
    environment.pop("AWS_XRAY_SDK_ENABLED", None)
    running = []

    def start(*command):
        process = subprocess.Popen(
            [*map(str, command)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=10)
        process.stdout.close()


@pytest.fixture(scope="session")
def run_program(programs):
    """Run one of python/*.py to its end; return what it printed."""

    def run(name):
        process = programs(sys.executable, HERE / "python" / name)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return out.strip()

    return run


@pytest.fixture(scope="session")
def dynamodb():
    """moto's server with a table `orders`; returns its URL."""
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
    )
    client.create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.close()
    yield url
    moto.stop()


@pytest.fixture(scope="session")
def get():
    """GET a URL; return status, headers and body, whatever the status is."""

    def run(url, headers=()):
        request = urllib.request.Request(url, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.status, dict(error.headers), error.read()

    return run


@pytest.fixture
def find_summary(xray):
    """Wait for the summary of a whole trace that started in the last minutes.

    A trace can be read by its id a moment before it can be found.
    """

    def find(trace_id):
        now = time.time()
        pages = xray.get_paginator("get_trace_summaries").paginate(
            StartTime=now - 300, EndTime=now + 60
        )
        listed = [s for page in pages for s in page["TraceSummaries"]]
        return [s for s in listed if s["Id"] == trace_id and not s["IsPartial"]]

    def wait(trace_id):
        (found,) = eventually(lambda: find(trace_id))
        return found

    return wait
