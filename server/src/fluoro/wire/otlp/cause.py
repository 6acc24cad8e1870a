"""What went wrong: the flags of a segment and its `cause`.

Rules: the collector's X-Ray exporter. The HTTP status beats the span's status. Every
`exception` event is an exception of the cause, whatever the status; AWS SDK calls also
report failed attempts as events. Without such events the message of an error status is
the one exception.
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from fluoro.wire.otlp.stacks import parse_stack
from fluoro.wire.otlp.values import as_mapping

_HTTP_FAILURE = "HTTP request failure"
_STATUS_CODE = "http.response.status_code"
_STATUS_TEXT = "http.status_text"
_ERROR_TEXT = "aws.http.error_message"


def flags(http: dict[str, Any] | None, *, failed: bool) -> tuple[bool, bool, bool]:
    """Return (error, fault, throttle); `failed`: the span's status is ERROR."""
    code = http["response"].get("status", 0) if http else 0
    if 400 <= code < 500:
        return True, False, code == 429
    return False, 500 <= code < 600 or failed, False


def cause_block(
    record: dict[str, Any], rest: dict[str, Any], language: str, seed: bytes
) -> dict[str, Any] | None:
    """Return `cause`, or None where nothing is known to have gone wrong.

    `seed` is the span's ids: the ids of exceptions are made of it, so that the same
    span always gives the same document.
    """
    events = record.get("events", ())
    remote = record["kind"] in {"CLIENT", "PRODUCER"}
    aws_call = rest.get("rpc.system") == "aws-api"
    found: list[dict[str, Any]] = []
    for event in events:
        if event["name"] == "exception":
            found.extend(_exceptions(event, language, remote=remote))
        elif aws_call and event["name"] == _HTTP_FAILURE:
            found.extend(_failed_attempt(event))
    if not found and record.get("status", {}).get("code") == "ERROR":
        message = record["status"].get("message") or rest.get(_STATUS_TEXT)
        if message and isinstance(message, str):
            found.append({"type": "", "message": message})
    if not found:
        return None
    _identify(found, seed)
    return {"exceptions": found}


def _exceptions(
    event: dict[str, Any], language: str, *, remote: bool
) -> Iterator[dict[str, Any]]:
    """Yield the exception of an event and those that caused it.

    A member `cause` is True until `_identify` has given ids.
    """
    own = as_mapping(event.get("attributes", {}))
    traces = parse_stack(str(own.get("exception.stacktrace", "")), language)
    traces[0].type = str(own.get("exception.type", ""))
    traces[0].message = str(own.get("exception.message", ""))
    for number, trace in enumerate(traces, 1):
        made: dict[str, Any] = {
            "type": trace.type,
            "message": trace.message,
            "remote": remote,
        }
        if trace.frames:
            made["stack"] = trace.frames
        if trace.truncated:
            made["truncated"] = trace.truncated
        if number < len(traces):
            made["cause"] = True
        yield made


def _failed_attempt(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    own = as_mapping(event.get("attributes", {}))
    if _STATUS_CODE in own and _ERROR_TEXT in own:
        micros = event["timeUnixNano"] // 1000
        seconds = f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
        yield {
            "type": "aws.http.error.event",
            "message": f"{own[_STATUS_CODE]}@{seconds}@{own[_ERROR_TEXT]}",
            "remote": True,
        }


def _identify(exceptions: list[dict[str, Any]], seed: bytes) -> None:
    for number, exception in enumerate(exceptions):
        exception["id"] = derived_id(seed, b"exception %d" % number)
    for exception, following in pairwise(exceptions):
        if "cause" in exception:
            exception["cause"] = following["id"]


def derived_id(seed: bytes, role: bytes) -> str:
    """Return 16 hex digits made of a span's ids: the same for the same span."""
    return blake2b(seed, digest_size=8, key=role).hexdigest()
