"""OTLP where a segment document would stand: T1, T1S, T1U and M1."""

from base64 import b64encode

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.model.refusals import Refused
from fluoro.wire.otlp_channel import is_otlp, open_payload


@pytest.fixture
def payload():
    request = ExportTraceServiceRequest()
    scoped = request.resource_spans.add().scope_spans.add()
    for number in (1, 2):
        scoped.spans.add(
            trace_id=b"t" * 16, span_id=bytes([number] * 8), name="n", kind=2
        )
    return b64encode(request.SerializeToString())


@pytest.mark.parametrize("prefix", [b"T1", b"T1S"])
@pytest.mark.parametrize("text", [False, True])
def test_sampled_spans_become_documents(payload, prefix, text):
    sent = prefix + payload + b"\n"
    sent = sent.decode() if text else sent
    assert is_otlp(sent)
    documents = [orjson.loads(d) for d in open_payload(sent).documents]
    assert [d["id"] for d in documents] == ["01" * 8, "02" * 8]


@pytest.mark.parametrize(
    ("prefix", "code"),
    [(b"T1U", "UnsampledSpans"), (b"M1", "MetricsNotSupported")],
)
def test_what_is_no_trace_is_dropped_by_name(payload, prefix, code):
    assert is_otlp(prefix + payload)
    with pytest.raises(Refused) as refused:
        open_payload(prefix + payload)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"T1S%%%", "not base64"),
        (b"T1" + b64encode(b"\xff\xff"), "not a protobuf"),
        ("T1Sä", "not base64"),
    ],
)
def test_a_broken_payload_is_refused(sent, text):
    with pytest.raises(Refused, match=text) as refused:
        open_payload(sent)
    assert refused.value.code == "ParseError"


@pytest.mark.parametrize("sent", [b'{"id": 1}', '{"id": 1}', b"", "", b"T", b"M"])
def test_documents_are_no_payload(sent):
    assert not is_otlp(sent)
