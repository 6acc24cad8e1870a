"""OTLP inside X-Ray's own channels: datagrams and the documents of PutTraceSegments.

AWS's OpenTelemetry distributions send, where a segment document would stand, a prefix
and the base64 of a protobuf ExportTraceServiceRequest:

    T1   spans, the first version of the format
    T1S  sampled spans
    T1U  spans that were not sampled: they feed metrics and are no traces
    M1   metrics
"""

import binascii
from base64 import b64decode

from fluoro.model.refusals import Refused
from fluoro.wire.otlp.convert import Converted, convert
from fluoro.wire.otlp.options import DEFAULTS, MappingOptions
from fluoro.wire.otlp.request import (
    InvalidExportError,
    TooManySpansError,
    decode_export,
)

_DROPPED = {
    b"T1U": ("UnsampledSpans", "T1U holds spans that were not sampled"),
    b"M1": ("MetricsNotSupported", "M1 holds metrics, and Fluoro stores traces"),
}
_STARTS = frozenset({"T1", "M1", b"T1", b"M1"})


def is_otlp(payload: str | bytes) -> bool:
    """Whether a payload is OTLP with a prefix, and not a JSON document."""
    return payload[:2] in _STARTS


def open_payload(payload: str | bytes, options: MappingOptions = DEFAULTS) -> Converted:
    """Return the documents of a payload for which `is_otlp` holds.

    Raises Refused when none of it is taken in: `UnsampledSpans` and
    `MetricsNotSupported` name what is dropped on purpose, `ParseError` what is broken.
    """
    if isinstance(payload, str):
        payload = payload.encode()
    for prefix, (code, cause) in _DROPPED.items():
        if payload.startswith(prefix):
            raise Refused(code, cause, kind="entity")
    encoded = payload[3:] if payload.startswith(b"T1S") else payload[2:]
    try:
        body = b64decode(encoded.strip(), validate=True)
        request = decode_export(body, json=False, spans_max=options.limits.spans)
        return convert(request, options)
    except binascii.Error:
        raise Refused(
            "ParseError", "what follows the prefix T1 is not base64", kind="entity"
        ) from None
    except (InvalidExportError, TooManySpansError) as error:
        raise Refused("ParseError", str(error), kind="entity") from None
