"""Making spans in a line, and looking at the documents they become."""

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from fluoro.model.decode import decode_document
from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.options import DEFAULTS
from fluoro.wire.otlp.record import KINDS
from fluoro.wire.otlp.values import key_values

TRACE = bytes.fromhex("5759e988bd862e3fe1be46a994272793")
SPAN = bytes.fromhex("53995c3f42cd8ad8")
PARENT = bytes.fromhex("70de5b6f19ff9a0a")


def make_span(kind="SERVER", attributes=None, events=(), status=None, **fields):
    """A span; `events` are (name, attributes), `status` is (code, message)."""
    fields = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "name": "GET /orders",
        "start_time_unix_nano": 1_790_000_000_123_456_789,
        "end_time_unix_nano": 1_790_000_000_223_456_789,
        **fields,
    }
    made = Span(
        kind=KINDS.index(kind), attributes=key_values(attributes or {}), **fields
    )
    for name, members in events:
        made.events.add(
            name=name,
            time_unix_nano=1_790_000_000_200_000_000,
            attributes=key_values(members),
        )
    if status:
        made.status.CopyFrom(Status(code=status[0], message=status[1]))
    return made


def make_request(*spans, resource=None):
    """An export request with one resource and one scope."""
    group = ResourceSpans()
    group.resource.attributes.extend(key_values(resource or {}))
    scoped = group.scope_spans.add()
    scoped.scope.name = "tests"
    scoped.spans.extend(spans)
    return ExportTraceServiceRequest(resource_spans=[group])


@pytest.fixture
def documents():
    """Convert one span to its documents, each of which Fluoro must take in."""

    def make(
        kind="SERVER", attributes=None, *, resource=None, options=DEFAULTS, **more
    ):
        span = make_span(kind, attributes, **more)
        converted = convert(make_request(span, resource=resource), options)
        assert not converted.refused
        for text in converted.documents:
            decode_document(text)
        return [orjson.loads(text) for text in converted.documents]

    return make


@pytest.fixture
def document(documents):
    """Convert one span that becomes one document."""

    def make(*arguments, **more):
        (made,) = documents(*arguments, **more)
        return made

    return make


@pytest.fixture(name="make_span", scope="session")
def span_maker():
    """The function of that name."""
    return make_span


@pytest.fixture(name="make_request", scope="session")
def request_maker():
    """The function of that name."""
    return make_request
