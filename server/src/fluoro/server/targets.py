"""Where documents can be forwarded to: another OTLP endpoint, or AWS X-Ray itself.

A target sends some documents at once and says how many of them were not taken in. It
raises TryLaterError where the same may work later, and TargetRefusedError where it
will not. Its libraries are imported when there is something to send.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.ingest.batch import Document
from fluoro.model.limits import DOCUMENTS_PER_CALL_MAX
from fluoro.wire.otlp.request import response_of
from fluoro.wire.otlp.spans import records_of, span_of

TIMEOUT_SECONDS = 10.0
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
"""OTLP's own list of statuses to try again at, and what balancers answer."""

_RETRIED_CODES = frozenset({"ThrottledException", "ThrottlingException"})


class TryLaterError(Exception):
    """The target cannot take anything now; `after` is the seconds it asks for."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class TargetRefusedError(Exception):
    """The target will not take these documents, however often they are sent."""


class Target(Protocol):
    """Sends documents somewhere."""

    documents_max: int
    """How many documents one call may have."""

    def send(self, documents: Sequence[Document]) -> int:
        """Send documents; return how many of them the target rejected.

        Raises TryLaterError or TargetRefusedError; nothing was taken in then.
        """


def make_target(where: str, headers: str) -> Target:
    """Return the target that `where` names: an http(s) URL, `xray` or `xray:REGION`.

    `headers` are those of OTLP requests, as `name=value,name=value`. Raises ValueError.
    """
    kind, _, region = where.partition(":")
    if kind == "xray":
        return XRayTarget(region or None)
    if kind in {"http", "https"}:
        return OtlpTarget(where, dict(_headers(headers)))
    raise ValueError(f"{where!r} is no URL, and neither xray nor xray:REGION")


def _headers(text: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, text.split(",")):
        name, equals, value = pair.partition("=")
        if not (equals and name.strip()):
            raise ValueError(f"{pair!r} is not name=value")
        yield name.strip(), value.strip()


class OtlpTarget:
    """An OTLP/HTTP endpoint; without a path in the URL, its `/v1/traces`."""

    documents_max = 1_000

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        import urllib3  # noqa: PLC0415 - only for those who forward

        parts = urllib3.util.parse_url(url)
        if not parts.path or parts.path == "/":
            url = url.rstrip("/") + "/v1/traces"
        self._url = url
        self._pool = urllib3.PoolManager(
            timeout=TIMEOUT_SECONDS,
            retries=False,
            headers={"Content-Type": "application/x-protobuf", **headers},
        )
        self._failure = urllib3.exceptions.HTTPError

    def send(self, documents: Sequence[Document]) -> int:
        """Send the documents' spans; in-progress ones wait to be completed."""
        request = export_of(documents)
        if not request.resource_spans:
            return 0
        body = request.SerializeToString()
        try:
            answer = self._pool.request("POST", self._url, body=body)
        except self._failure as error:
            raise TryLaterError(str(error)) from error
        if answer.status in _RETRIED:
            raise TryLaterError(f"HTTP {answer.status}", _seconds(answer.headers))
        if answer.status != 200:
            raise TargetRefusedError(f"HTTP {answer.status}: {answer.data[:200]!r}")
        return _rejected(answer.data)


def _seconds(headers: Any) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _rejected(body: bytes) -> int:
    return max(0, int(response_of(body).partial_success.rejected_spans))


def export_of(documents: Sequence[Document]) -> ExportTraceServiceRequest:
    """Return the spans of documents that are complete, grouped as OTLP groups them."""
    request = ExportTraceServiceRequest()
    groups: dict[bytes, Any] = {}
    for text in documents:
        document = orjson.loads(text)
        if document.get("in_progress") is True:
            continue
        for record in records_of(document):
            made = span_of(record)
            scoped = made.scope_spans[0]
            spans = list(scoped.spans)
            del scoped.spans[:]
            key = made.SerializeToString(deterministic=True)
            if key not in groups:
                groups[key] = request.resource_spans.add()
                groups[key].CopyFrom(made)
            groups[key].scope_spans[0].spans.extend(spans)
    return request


class XRayTarget:
    """AWS X-Ray, by PutTraceSegments with the credentials that boto3 would find."""

    documents_max = DOCUMENTS_PER_CALL_MAX

    def __init__(self, region: str | None) -> None:
        import botocore.config  # noqa: PLC0415 - an extra
        import botocore.exceptions  # noqa: PLC0415
        import botocore.session  # noqa: PLC0415

        config = botocore.config.Config(
            connect_timeout=TIMEOUT_SECONDS,
            read_timeout=TIMEOUT_SECONDS,
            retries={"total_max_attempts": 1},
        )
        self._errors = botocore.exceptions
        session = botocore.session.get_session()
        try:
            self._client: Any = session.create_client(
                "xray", region_name=region, config=config
            )
        except botocore.exceptions.BotoCoreError as error:
            raise ValueError(str(error)) from error

    def send(self, documents: Sequence[Document]) -> int:
        """Send the documents as they came."""
        texts = [d if isinstance(d, str) else d.decode() for d in documents]
        try:
            answer = self._client.put_trace_segments(TraceSegmentDocuments=texts)
        except self._errors.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in _RETRIED_CODES or status in _RETRIED:
                raise TryLaterError(str(error)) from error
            raise TargetRefusedError(str(error)) from error
        except self._errors.BotoCoreError as error:
            raise TryLaterError(str(error)) from error
        return len(answer.get("UnprocessedTraceSegments") or ())


def pause(attempt: int, asked: float, longest: float) -> float:
    """Return the seconds to wait before another attempt, the first being number 0."""
    grown = min(longest, 0.5 * 2.0 ** min(attempt, 10))
    spread = grown * random.uniform(0.5, 1.0)  # noqa: S311
    return min(longest, max(asked, spread))
