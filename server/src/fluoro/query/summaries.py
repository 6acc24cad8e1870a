"""GetTraceSummaries: the traces of a window that a filter selects, a page at a time."""

import base64
import binascii
import math
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from fluoro.filters.compile import Condition, compile_filter, compile_selectors
from fluoro.filters.groups import Groups, expand_groups
from fluoro.filters.parser import parse
from fluoro.filters.syntax import Constant, Expression, FilterError
from fluoro.model.errors import InvalidRequestError
from fluoro.model.ids import parse_trace_id
from fluoro.model.limits import (
    PARTIAL_SCAN_SECONDS_MAX,
    SEARCH_PAGE_TRACES_MAX,
    SEARCH_SECONDS_MAX,
)
from fluoro.query.assemble import assemble
from fluoro.query.causes import failure_causes, response_time_causes
from fluoro.query.matched import matched_members
from fluoro.query.parts import Trace
from fluoro.query.summary import summarize
from fluoro.query.window import window_of
from fluoro.store.documents import read_documents
from fluoro.store.engine import Engine
from fluoro.store.matched import read_matched
from fluoro.store.search import Found, Position, Search, search

Json = dict[str, Any]

_DIGEST_BYTES = 16
_POSITION_BYTES = 8 + 16
_SERVICE_LAG_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SummaryLimits:
    """The settings of GetTraceSummaries.

    `hours_max` refuses longer windows where it is set (X-Ray's is six hours),
    `page_traces` is the length of a page, `seconds` how long one may take.
    """

    hours_max: float | None = None
    page_traces: int = SEARCH_PAGE_TRACES_MAX
    seconds: float = SEARCH_SECONDS_MAX


_DEFAULTS = SummaryLimits()


def get_trace_summaries(
    engine: Engine, request: Json, groups: Groups, limits: SummaryLimits = _DEFAULTS
) -> Json:
    """Answer GetTraceSummaries for a request whose members have the right types.

    `groups` are the expressions of groups by name and by ARN. Pages come newest first,
    as do the traces in them. A page that a budget ended carries a token like any other
    that is not the last; going on with it loses nothing. `TracesProcessedCount` is an
    estimate where there are very many.

    Raises InvalidRequestError in X-Ray's words for a bad window, filter, sampling or
    token, and EngineError.
    """
    window = window_of(request, limits.hours_max)
    clock = request.get("TimeRangeType") or "TraceId"
    share, seconds = _sampling(request, clock, limits)
    written, expression = _expression(request, groups)
    # What a token is bound to: the traces asked for, however the request is written.
    meaning = repr((window, clock, share, written))
    wanted = Search(
        *window,
        clock=clock,
        condition=_condition(expression, clock),
        limit=limits.page_traces,
        after=_position(request.get("NextToken"), meaning),
        share=share,
        causes_of=partial(causes_of, engine),
        seconds=seconds,
    )
    found = search(engine, wanted)
    lag = _SERVICE_LAG_SECONDS if clock == "Service" else 0
    summaries = _summaries(engine, found, clock)
    if clock == "Service":
        _add_matched(engine, expression, window, summaries)
    return {
        "TraceSummaries": [summary for _, summary in summaries],
        "ApproximateTime": float(math.floor(found.since_us / 1e6) - lag),
        "TracesProcessedCount": found.scanned,
        "NextToken": _token(meaning, found.cursor) if found.cursor else None,
    }


def _sampling(request: Json, clock: str, limits: SummaryLimits) -> tuple[float, float]:
    """Return the share of traces to keep and the seconds a page may take.

    A strategy counts only where `Sampling` is true, whose default is PartialScan.
    """
    if request.get("Sampling") is not True:
        return 1.0, limits.seconds
    strategy = request.get("SamplingStrategy") or {}
    if strategy.get("Name") != "FixedRate":
        return 1.0, min(limits.seconds, PARTIAL_SCAN_SECONDS_MAX)
    share = strategy.get("Value")
    if share is None or not 0 <= share <= 1:
        raise InvalidRequestError(
            "sampling rate must be specified and its value must be between [0, 1]"
        )
    if clock != "Event":
        raise InvalidRequestError(
            f"Cannot use FixedRate with input time range type: {clock}."
            " Please try using time range type: Event"
        )
    return float(share), limits.seconds


def _expression(request: Json, groups: Groups) -> tuple[Expression, Expression]:
    """Return the filter as it is written, and with its groups expanded."""
    try:
        written = parse(request.get("FilterExpression") or "")
        return written, expand_groups(written, groups)
    except FilterError as error:
        raise InvalidRequestError(str(error)) from None


def _condition(expression: Expression, clock: str) -> Condition | None:
    """Return the compiled filter, None where every trace is meant."""
    if expression == Constant(True):
        return None
    return compile_filter(expression, ended_in_window=clock == "Service")


def causes_of(
    engine: Engine, trace_ids: list[bytes]
) -> dict[bytes, dict[str, list[Json]]]:
    """Return the root causes of each trace, by the filter language's kinds."""
    found = {}
    for trace_id, documents in read_documents(engine, trace_ids).items():
        trace = assemble(trace_id, documents)
        found[trace_id] = {
            "fault": failure_causes(trace, "fault"),
            "error": failure_causes(trace, "error"),
            "responsetime": response_time_causes(trace),
        }
    return found


def _summaries(engine: Engine, found: Found, clock: str) -> list[tuple[Trace, Json]]:
    documents = read_documents(engine, [position.trace_id for position in found.traces])
    summaries = []
    for position in found.traces:
        if position.trace_id not in documents:
            continue  # dropped by retention since the search
        trace = assemble(position.trace_id, documents[position.trace_id])
        received = trace.receipts[-1] / 1e6 if clock != "TraceId" else None
        summaries.append((trace, summarize(trace, received)))
    return summaries


def _add_matched(
    engine: Engine,
    expression: Expression,
    window: tuple[int, int],
    summaries: list[tuple[Trace, Json]],
) -> None:
    """Say in the summaries which entities the service and edge terms selected."""
    selectors = compile_selectors(expression)
    if selectors is None:
        return
    ids = [parse_trace_id(trace.id) for trace, _ in summaries]
    matched = read_matched(engine, selectors, window, ids)
    for trace_id, (trace, summary) in zip(ids, summaries, strict=True):
        summary.update(matched_members(trace, matched[trace_id]))


def _digest(meaning: str, position: bytes) -> bytes:
    return blake2b(meaning.encode(), key=position, digest_size=_DIGEST_BYTES).digest()


def _token(meaning: str, cursor: Position) -> str:
    """Return the text that goes on after `cursor` with a request of equal meaning."""
    position = cursor.at_us.to_bytes(8, "big", signed=True) + cursor.trace_id
    return base64.urlsafe_b64encode(position + _digest(meaning, position)).decode()


def _position(token: str | None, meaning: str) -> Position | None:
    """Return where to go on; a token of another request is refused."""
    if not token:
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    position = raw[:_POSITION_BYTES]
    if len(raw) != _POSITION_BYTES + _DIGEST_BYTES or raw != position + _digest(
        meaning, position
    ):
        raise InvalidRequestError(f"Invalid token {token}")
    return Position(int.from_bytes(position[:8], "big", signed=True), position[8:])
