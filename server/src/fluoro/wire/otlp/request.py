"""The body of an export request, protobuf or JSON, and the answers to it."""

import contextlib
from collections.abc import Sequence

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from fluoro.model.refusals import Refused
from fluoro.wire.otlp.json_codec import OtlpJsonError, read_request, write_json
from fluoro.wire.otlp.options import DEFAULTS

_REASONS_SHOWN = 5


class InvalidExportError(Exception):
    """The body is no export request; the text says why."""


class TooManySpansError(Exception):
    """The request has more spans than one request may have."""


def decode_export(
    body: bytes, *, json: bool, spans_max: int = DEFAULTS.limits.spans
) -> ExportTraceServiceRequest:
    """Return the request in `body`.

    Raises InvalidExportError for what is none, TooManySpansError for one too many.
    """
    try:
        if json:
            request = read_request(orjson.loads(body or b"{}"))
        else:
            request = ExportTraceServiceRequest.FromString(body)
    except DecodeError:
        raise InvalidExportError(
            "the body is not a protobuf ExportTraceServiceRequest"
        ) from None
    except (orjson.JSONDecodeError, OtlpJsonError) as error:
        raise InvalidExportError(f"the body is not OTLP JSON: {error}") from None
    check_count(request, spans_max)
    return request


def check_count(request: ExportTraceServiceRequest, spans_max: int) -> None:
    """Raise TooManySpansError for a request with more than `spans_max` spans."""
    spans = sum(
        len(scoped.spans)
        for group in request.resource_spans
        for scoped in group.scope_spans
    )
    if spans > spans_max:
        raise TooManySpansError(
            f"the request has {spans:,} spans, the limit is {spans_max:,}"
        )


def response(rejected: int, refused: Sequence[Refused]) -> ExportTraceServiceResponse:
    """Return the answer: how many spans were rejected, and the first reasons."""
    made = ExportTraceServiceResponse()
    if rejected:
        made.partial_success.rejected_spans = rejected
        shown = [str(reason) for reason in refused[:_REASONS_SHOWN]]
        more = len(refused) - len(shown)
        made.partial_success.error_message = "; ".join(
            [*shown, f"and {more} more"] if more > 0 else shown
        )
    return made


def encode_response(message: ExportTraceServiceResponse, *, json: bool) -> bytes:
    """Return the answer in the encoding of the request."""
    return orjson.dumps(write_json(message)) if json else message.SerializeToString()


def response_of(body: bytes) -> ExportTraceServiceResponse:
    """Return the answer of an endpoint; one that is no protobuf says nothing."""
    made = ExportTraceServiceResponse()
    with contextlib.suppress(DecodeError):
        made.ParseFromString(body)
    return made
