"""OTLP over HTTP: `POST /v1/traces`, protobuf or JSON, as OpenTelemetry specifies it.

The answer has the encoding of the request. What is refused of a request is told in its
partial success; a sender that is too fast gets 503 with Retry-After, since some OTLP
senders drop their spans at 429.
"""

import random

import orjson
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fluoro.ingest.intake import Intake
from fluoro.model.errors import ThrottledError
from fluoro.wire.compression import (
    BodyTooLargeError,
    BrokenBodyError,
    UnknownEncodingError,
    decompress,
)
from fluoro.wire.otlp.convert import convert
from fluoro.wire.otlp.request import (
    InvalidExportError,
    TooManySpansError,
    decode_export,
    encode_response,
    response,
)

log = structlog.get_logger()

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_TYPES = {PROTOBUF: False, "application/protobuf": False, JSON: True}
"""Content types, and whether they are JSON."""

_RETRY_SECONDS = (1, 3)

# google.rpc.Code
_INVALID_ARGUMENT, _RESOURCE_EXHAUSTED, _UNAVAILABLE, _INTERNAL = 3, 8, 14, 13

_REFUSALS: dict[type[Exception], tuple[int, int]] = {
    InvalidExportError: (400, _INVALID_ARGUMENT),
    BrokenBodyError: (400, _INVALID_ARGUMENT),
    TooManySpansError: (413, _RESOURCE_EXHAUSTED),
    BodyTooLargeError: (413, _RESOURCE_EXHAUSTED),
    UnknownEncodingError: (415, _INVALID_ARGUMENT),
    ThrottledError: (503, _UNAVAILABLE),
}
"""Each refusal of a whole request: its HTTP status and its google.rpc code."""


def otlp_routes(intake: Intake) -> list[Route]:
    """Return the route of the trace service."""
    bytes_max = intake.mapping.limits.request_bytes

    async def traces(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _TYPES:
            told = f"Content-Type is {kind[:60]!r}; send {PROTOBUF} or {JSON}"
            return _refusal(415, _INVALID_ARGUMENT, told, json=False)
        json = _TYPES[kind]
        try:
            body = await _read_body(request, bytes_max)
            encoding = request.headers.get("content-encoding", "")
            answer = await run_in_threadpool(
                _export_body, intake, body, encoding, json=json
            )
        except tuple(_REFUSALS) as error:
            status, code = _REFUSALS[type(error)]
            return _refusal(status, code, _told(error, bytes_max), json=json)
        except Exception:
            log.exception("export_failed")
            told = "the export failed; the server's log says why"
            return _refusal(500, _INTERNAL, told, json=json)
        return Response(answer, media_type=JSON if json else PROTOBUF)

    return [Route("/v1/traces", traces, methods=["POST"], name="OTLP")]


def export(
    intake: Intake, request: ExportTraceServiceRequest, transport: str
) -> ExportTraceServiceResponse:
    """Take in a request's spans; return once they are durable. Blocks.

    Raises ThrottledError when none was taken in for want of room.
    """
    converted = convert(request, intake.mapping)
    refused = list(converted.refused)
    if refused:
        intake.refuse(refused, transport)
    rejected = len(refused)
    if converted.documents:
        answers = intake.put_blocking(converted.documents, transport)
        failed = {
            span: answer
            for span, answer in zip(converted.spans_of, answers, strict=True)
            if answer is not None
        }
        refused += failed.values()
        rejected += len(failed)
    return response(rejected, refused)


def _export_body(intake: Intake, body: bytes, encoding: str, *, json: bool) -> bytes:
    limits = intake.mapping.limits
    opened = decompress(body, encoding, limits.request_bytes)
    request = decode_export(opened, json=json, spans_max=limits.spans)
    return encode_response(export(intake, request, "otlp"), json=json)


async def _read_body(request: Request, bytes_max: int) -> bytes:
    """Return the body as sent; raise BodyTooLargeError once it is too large."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > bytes_max:
            raise BodyTooLargeError
        chunks.append(chunk)
    return b"".join(chunks)


def _told(error: Exception, bytes_max: int) -> str:
    if isinstance(error, BodyTooLargeError):
        return f"the request is larger than {bytes_max:,} bytes"
    return str(error)


def _refusal(status: int, code: int, message: str, *, json: bool) -> Response:
    """Return an error as OTLP wants it: a google.rpc.Status."""
    headers = {}
    if status == 503:
        low, high = _RETRY_SECONDS
        headers["Retry-After"] = str(random.randint(low, high))  # noqa: S311
    if json:
        body = orjson.dumps({"code": code, "message": message})
    else:
        body = rpc_status(code, message)
    return Response(
        body, status, headers=headers, media_type=JSON if json else PROTOBUF
    )


def rpc_status(code: int, message: str) -> bytes:
    """Return a google.rpc.Status as protobuf: field 1 the code, field 2 the text."""
    text = message.encode()
    return bytes([0x08, code, 0x12]) + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
