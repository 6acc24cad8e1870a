"""OpenTelemetry's SDK for Python and AWS's distribution of it, as they are."""

import sys

import pytest

AUTO_INSTRUMENT = (
    sys.executable,
    "-c",
    "from opentelemetry.instrumentation.auto_instrumentation import run; run()",
    sys.executable,
)
AWS_DISTRO = {
    "OTEL_PYTHON_DISTRO": "aws_distro",
    "OTEL_PYTHON_CONFIGURATOR": "aws_configurator",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_TRACES_SAMPLER": "always_on",
    "OTEL_PROPAGATORS": "tracecontext,xray",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_RESOURCE_ATTRIBUTES": "service.name=shop",
}


def find(segment, matches):
    """The subsegments for which `matches` holds."""
    return [call for call in segment["subsegments"] if matches(call)]


def check_calls(segment):
    """The calls of /order: two to DynamoDB, one query, one that finds nothing."""
    create, get = find(segment, lambda call: call["name"] == "DynamoDB")
    assert [c["aws"]["operation"] for c in (create, get)] == ["CreateTable", "GetItem"]
    assert {c["aws"]["table_name"] for c in (create, get)} == {"orders"}
    assert {c["namespace"] for c in (create, get)} == {"aws"}
    (sql,) = find(segment, lambda call: "sql" in call)
    assert sql["sql"]["sanitized_query"] == "SELECT 1"
    assert sql["namespace"] == "remote"
    (missing,) = find(segment, lambda call: call["error"])
    assert missing["http"]["request"]["url"].endswith("/missing")
    assert missing["http"]["response"]["status"] == 404


@pytest.mark.parametrize("way", ["http", "grpc", "udp"])
def test_a_request_with_calls(start_service, read_trace, trace_id, w3c_header, way):
    shop = start_service("shop", way)
    assert shop.get("/order", w3c_header) == 200
    start_service.close_all()

    segment = read_trace(trace_id)["shop"]
    assert segment["http"]["request"]["method"] == "GET"
    assert segment["http"]["request"]["url"].endswith("/order")
    assert segment["http"]["response"]["status"] == 200
    assert segment["aws"]["xray"]["sdk"] == "opentelemetry for python"
    check_calls(segment)


def test_an_exception_is_a_fault(start_service, read_trace, trace_id, w3c_header):
    shop = start_service("shop", "http")
    assert shop.get("/fail", w3c_header) == 500
    start_service.close_all()

    segment = read_trace(trace_id)["shop"]
    assert segment["fault"] is True
    exception = segment["cause"]["exceptions"][0]
    assert exception["type"] == "ValueError"
    assert exception["message"] == "out of apples"
    assert exception["stack"][0]["label"] == "fail"


def test_awss_distribution(start_service, read_trace, trace_id, w3c_header):
    shop = start_service("shop", "auto", command=AUTO_INSTRUMENT, **AWS_DISTRO)
    assert shop.get("/order", w3c_header) == 200
    start_service.close_all()

    segment = read_trace(trace_id)["shop"]
    assert segment["aws"]["xray"]["auto_instrumentation"] is True
    check_calls(segment)


def test_propagators_mixed_across_three_services(
    start_service, read_trace, trace_id, w3c_header
):
    """W3C in front, both in the middle, and X-Ray's own SDK at the back."""
    back = start_service("back", "xray")
    middle = start_service("middle", "http", back.url, OTEL_PROPAGATORS="xray")
    front = start_service(
        "front", "grpc", middle.url, OTEL_PROPAGATORS="tracecontext,xray"
    )
    assert front.get("/", w3c_header) == 200
    start_service.close_all()

    segments = read_trace(trace_id)
    assert segments.keys() == {"front", "middle", "back"}
    for caller, callee in (("front", "middle"), ("middle", "back")):
        (call,) = segments[caller]["subsegments"]
        assert segments[callee]["parent_id"] == call["id"]
        assert call["namespace"] == "remote"


def test_x_rays_header_in_front(start_service, read_trace, trace_id, xray_header):
    back = start_service("back", "http", OTEL_PROPAGATORS="xray")
    front = start_service("front", "xray", back.url)
    assert front.get("/", xray_header) == 200
    start_service.close_all()

    segments = read_trace(trace_id)
    (call,) = segments["front"]["subsegments"]
    assert segments["back"]["parent_id"] == call["id"]
