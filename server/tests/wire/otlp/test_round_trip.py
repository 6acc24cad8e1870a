"""Nothing sent is lost: a span comes back from its documents bit for bit."""

import contextlib
import importlib.util
import json
from pathlib import Path

import orjson
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from fluoro.model.decode import decode_document
from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.json_codec import read_request, write_json
from fluoro.wire.otlp.options import MappingOptions
from fluoro.wire.otlp.request import InvalidExportError, decode_export
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


SAMPLES = {
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BYTES: b"8 bytes!",
    FieldDescriptor.TYPE_BOOL: True,
    FieldDescriptor.TYPE_DOUBLE: 1.5,
    FieldDescriptor.TYPE_ENUM: 2,
}


def fill(message, depth=0):
    """Set every field that the protocol has, those it may get some day included."""
    for field in message.DESCRIPTOR.fields:
        target = getattr(message, field.name)
        if field.message_type is KeyValue.DESCRIPTOR:
            fill_attributes(target, depth)
        elif field.message_type is AnyValue.DESCRIPTOR:
            target.add().int_value = depth
        elif field.message_type:
            fill(target.add() if field.is_repeated else target, depth)
        elif field.is_repeated:
            target.append(SAMPLES[field.type])
        else:
            sample = SAMPLES.get(field.type, 7)
            setattr(message, field.name, sample * (1 + (field.name == "trace_id")))


def fill_attributes(attributes, depth):
    """Add an attribute of each kind, one without a value, and one with a key's number.

    A key is a text or a number; a value has one of its fields.
    """
    attributes.add(key="nothing")
    attributes.add(key_strindex=7).value.int_value = 1
    for field in AnyValue.DESCRIPTOR.fields:
        value = attributes.add(key=field.name).value
        if field.message_type:
            getattr(value, field.name).SetInParent()
            if depth < 2:
                fill(getattr(value, field.name), depth + 1)
        else:
            setattr(value, field.name, SAMPLES.get(field.type, 7))


def test_every_field_there_is_comes_back():
    sent = ResourceSpans()
    fill(sent)
    (received,) = back(sent, MappingOptions())
    assert received == sent
    request = ExportTraceServiceRequest(resource_spans=[sent])
    assert read_request(orjson.loads(orjson.dumps(write_json(request)))) == request


MEMBERS = (
    *("resourceSpans", "scopeSpans", "spans", "attributes", "key", "value", "values"),
    *("traceId", "kind", "arrayValue", "intValue", "bytesValue", "doubleValue"),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(MEMBERS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | json_values.map(lambda v: {"resourceSpans": [v]}))
def test_any_body_is_converted_or_refused(body):
    as_json = isinstance(body, dict)
    with contextlib.suppress(InvalidExportError):
        text = json.dumps(body).encode() if as_json else body
        convert(decode_export(text, json=as_json))


@settings(max_examples=100, deadline=None)
@given(strategies.resource_spans, st.data())
def test_a_damaged_request_is_converted_or_refused(sent, data):
    raw = bytearray(
        ExportTraceServiceRequest(resource_spans=[sent]).SerializeToString()
    )
    for _ in range(3):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(InvalidExportError):
        for text in convert(decode_export(bytes(raw), json=False)).documents:
            decode_document(text)
