"""Nothing sent is lost: a span comes back from its documents bit for bit."""

import importlib.util
from pathlib import Path

import orjson
from hypothesis import given, settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.model.decode import decode_document
from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.json_codec import read_request, write_json
from fluoro.wire.otlp.options import MappingOptions
from fluoro.wire.otlp.spans import records_of, span_of

_spec = importlib.util.spec_from_file_location(
    "otlp_strategies", Path(__file__).with_name("strategies.py")
)
strategies = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(strategies)


def wire(message):
    """Bytes to compare: a NaN is not equal to itself, its bytes are."""
    return message.SerializeToString(deterministic=True)


def back(sent, options):
    converted = convert(ExportTraceServiceRequest(resource_spans=[sent]), options)
    assert not converted.refused
    for text in converted.documents:
        decode_document(text)
    parsed = [orjson.loads(text) for text in converted.documents]
    return [span_of(record) for document in parsed for record in records_of(document)]


@settings(max_examples=150, deadline=None)
@given(strategies.resource_spans)
def test_a_span_comes_back_from_its_documents(sent):
    (received,) = back(sent, MappingOptions())
    assert wire(received) == wire(sent)


@settings(max_examples=40, deadline=None)
@given(strategies.resource_spans)
def test_it_does_whatever_is_indexed(sent):
    (received,) = back(sent, MappingOptions(index_all=False, annotations_max=0))
    assert wire(received) == wire(sent)


@settings(max_examples=100, deadline=None)
@given(strategies.resource_spans)
def test_otlp_json_keeps_everything_too(sent):
    request = ExportTraceServiceRequest(resource_spans=[sent])
    text = orjson.dumps(write_json(request))
    assert wire(read_request(orjson.loads(text))) == wire(request)
