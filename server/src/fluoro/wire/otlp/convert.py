"""An export request to segment documents: each span on its own, as X-Ray does.

A span that cannot be taken in is refused with a reason, and its siblings are not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson
from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from fluoro.model.refusals import Refused
from fluoro.wire.otlp.options import DEFAULTS, MappingOptions
from fluoro.wire.otlp.record import read_scope
from fluoro.wire.otlp.resource import resource_facts
from fluoro.wire.otlp.segment import NO_PARENT, Document, Surroundings, documents_of

_NO_TRACE = bytes(16)


@dataclass(slots=True)
class Converted:
    """The documents of a request, whose span number `spans_of[i]` gave `documents[i]`.

    `refused` lists the spans that gave none, with the reasons; `spans` counts all.
    """

    documents: list[bytes] = field(default_factory=list)
    spans_of: list[int] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    spans: int = 0


def convert(
    request: ExportTraceServiceRequest, options: MappingOptions = DEFAULTS
) -> Converted:
    """Return the documents of all spans of `request`."""
    made = Converted()
    for group in request.resource_spans:
        _convert_group(group, options, made)
    return made


def _convert_group(
    group: ResourceSpans, options: MappingOptions, made: Converted
) -> None:
    bytes_max = options.limits.span_bytes
    if group.resource.ByteSize() > bytes_max:
        _refuse_all(group.scope_spans, group.resource, bytes_max, made)
        return
    facts = resource_facts(group, options)
    for scoped in group.scope_spans:
        if scoped.scope.ByteSize() > bytes_max:
            _refuse_all([scoped], scoped.scope, bytes_max, made)
            continue
        scope = {
            key: orjson.Fragment(orjson.dumps(value))
            for key, value in read_scope(scoped).items()
        }
        around = Surroundings(facts, {**facts.record, **scope}, options)
        for span in scoped.spans:
            number = made.spans
            made.spans += 1
            try:
                texts = _documents(span, around)
            except Refused as refused:
                made.refused.append(refused)
                continue
            made.documents.extend(texts)
            made.spans_of.extend([number] * len(texts))


def _refuse_all(
    scopes: Iterable[ScopeSpans], part: Message, bytes_max: int, made: Converted
) -> None:
    """Refuse every span in `scopes` for the `part` of theirs that is too large."""
    for scoped in scopes:
        made.spans += len(scoped.spans)
        made.refused += [
            _too_large(part, bytes_max, s.span_id.hex()) for s in scoped.spans
        ]


def _documents(span: Span, around: Surroundings) -> list[bytes]:
    trace_id, span_id, parent_id = span.trace_id, span.span_id, span.parent_span_id
    if (
        len(trace_id) != 16
        or len(span_id) != 8
        or len(parent_id) not in {0, 8}
        or trace_id == _NO_TRACE
        or span_id == NO_PARENT
    ):
        raise _bad_ids(span)
    bytes_max = around.options.limits.span_bytes
    if span.ByteSize() > bytes_max:
        raise _too_large(span, bytes_max, span_id.hex())
    document_bytes = around.options.limits.document_bytes
    return [_dump(document, document_bytes) for document in documents_of(span, around)]


def _too_large(part: Message, bytes_max: int, span_id: str) -> Refused:
    """Refuse a span that is too large, or whose resource or scope is."""
    return Refused(
        "DocumentTooLarge",
        f"the {part.DESCRIPTOR.name} of span {span_id} has {part.ByteSize():,} bytes;"
        f" the limit is {bytes_max:,}",
        document_id=span_id,
    )


def _bad_ids(span: Span) -> Refused:
    """Say which id it is that no document can have."""
    own, name = span.span_id.hex(), span.name[:64]
    if len(span.trace_id) != 16 or span.trace_id == _NO_TRACE:
        return Refused(
            "InvalidTraceId",
            f"trace_id {span.trace_id[:32].hex()!r} of span {name!r} is not 16 bytes,"
            " or all of them are zero",
        )
    if len(own) != 16 or span.span_id == NO_PARENT:
        return Refused(
            "InvalidId",
            f"span_id {own[:64]!r} of span {name!r} is not 8 bytes, or all of them are"
            " zero",
        )
    return Refused(
        "InvalidParentId",
        f"parent_span_id of span {own} has {len(span.parent_span_id)} bytes, not 8",
        document_id=own,
    )


def _dump(document: Document, bytes_max: int) -> bytes:
    """Write a document; a huge one without the copies of what its record holds.

    The answer is a copy: what orjson returns holds on to several times its length, and
    thousands of documents wait for the store.
    """
    text = orjson.dumps(document)
    if len(text) > bytes_max:
        document["metadata"].pop("default", None)
        text = orjson.dumps(document)
    return bytes(memoryview(text))
