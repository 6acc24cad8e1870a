"""Trace retrieval: any stored trace by id, indexed or not, in X-Ray's or OTel's form.

A retrieval is the record `retrieval/<token>`, forgotten after an hour. There is nothing
to wait for: it is COMPLETE once it has started, and each page is read when asked for.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fluoro.control.context import Context
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError
from fluoro.model.ids import format_trace_id, parse_any_trace_id, parse_trace_id
from fluoro.store.records import Record

KIND = "retrieval"
TIMEOUT_S = 3600
TRACES_PER_PAGE = 5
SPANS_PER_TRACE = 100
SERVICES_PER_PAGE = 1000
LINKS_PER_SERVICE = 100

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A stored trace: its start in epoch seconds, its (id, JSON text) of each span."""

    id: str
    start: float
    duration: float | None
    spans: list[tuple[str, str]]


ReadTraces = Callable[[Sequence[str], str], list[Retrieved]]
"""Returns those of the ids that are stored, their spans in the form XRAY or OTEL."""

ReadGraph = Callable[[Sequence[str]], list[Json]]
"""Returns the `Service` structures of the graph of those traces."""


def start_trace_retrieval(request: Json, context: Context) -> Json:
    """StartTraceRetrieval. Raises InvalidRequestError for an id that is none."""
    start, end = float(request["StartTime"]), float(request["EndTime"])
    if end < start:
        raise InvalidRequestError("End time cannot be earlier than start time")
    ids = []
    for given in request["TraceIds"]:
        try:
            trace_id = format_trace_id(parse_any_trace_id(given))
        except ValueError:
            raise InvalidRequestError(
                f"Invalid trace id {given}: incorrect id format"
            ) from None
        if trace_id not in ids:
            ids.append(trace_id)
    token = secrets.token_urlsafe(32)
    value = {
        "ids": ids,
        "start": start,
        "end": end,
        "began": context.now,
        "status": "COMPLETE",
    }
    context.records.put(KIND, token, value, expected=0)
    return {"RetrievalToken": token}


def cancel_trace_retrieval(request: Json, context: Context) -> Json:
    """CancelTraceRetrieval: no page is answered any more."""

    def revise(record: Record | None) -> Json:
        return {**_known(record, request), "status": "CANCELLED"}

    context.records.change(KIND, request["RetrievalToken"], revise)
    return {}


def list_retrieved_traces(request: Json, context: Context, read: ReadTraces) -> Json:
    """ListRetrievedTraces: up to 5 traces a page, up to 100 spans of each.

    A trace with more spans goes on on the next page, under its id again.
    """
    job, status = _job(request, context)
    form = request.get("TraceFormat", "XRAY")
    first, offset = _position(request.get("NextToken"))
    page: list[Json] = []
    following = None
    ids = job["ids"][first:] if status == "COMPLETE" else []
    if ids:
        batch = ids[:TRACES_PER_PAGE]
        found = {trace.id: trace for trace in read(batch, form)}
        for index, trace_id in enumerate(batch, first):
            trace = found.get(trace_id)
            if trace is None or not _within(trace, job):
                continue
            skipped = offset if index == first else 0
            page.append(_page_of(trace, skipped))
            if len(trace.spans) > skipped + SPANS_PER_TRACE:
                following = f"{index}:{skipped + SPANS_PER_TRACE}"
                break
        if following is None and len(ids) > TRACES_PER_PAGE:
            following = f"{first + TRACES_PER_PAGE}:0"
    return {
        "RetrievalStatus": status,
        "TraceFormat": form,
        "Traces": page,
        "NextToken": following,
    }


def get_retrieved_traces_graph(
    request: Json, context: Context, read: ReadTraces, graph: ReadGraph
) -> Json:
    """GetRetrievedTracesGraph: each service wrapped, with the links of its segments."""
    job, status = _job(request, context)
    first, _ = _position(request.get("NextToken"))
    traces = []
    if status == "COMPLETE":
        traces = [t for t in read(job["ids"], "XRAY") if _within(t, job)]
    services = graph([trace.id for trace in traces]) if traces else []
    links = _links(traces)
    page = services[first : first + SERVICES_PER_PAGE]
    more = len(services) > first + SERVICES_PER_PAGE
    return {
        "RetrievalStatus": status,
        "Services": [
            {"Service": service, "Links": links.get(service["Name"], [])}
            for service in page
        ],
        "NextToken": f"{first + SERVICES_PER_PAGE}:0" if more else None,
    }


def _known(record: Record | None, request: Json) -> Json:
    if record is None:
        token = request["RetrievalToken"]
        raise ResourceNotFoundError(
            "The retrieval token is not known", ResourceName=token
        )
    return record.value


def _job(request: Json, context: Context) -> tuple[Json, str]:
    """Return the retrieval and its status now."""
    job = _known(context.records.get(KIND, request["RetrievalToken"]), request)
    if context.now > job["began"] + TIMEOUT_S:
        return job, "TIMEOUT"
    return job, job["status"]


def _position(token: str | None) -> tuple[int, int]:
    if token is None:
        return 0, 0
    trace, _, span = token.partition(":")
    if not (trace.isdecimal() and span.isdecimal()):
        raise InvalidRequestError(f"Invalid token {token}")
    return int(trace), int(span)


def _within(trace: Retrieved, job: Json) -> bool:
    """Tell whether the trace begins in the retrieval's time, both ends included."""
    return bool(job["start"] <= trace.start <= job["end"])


def _page_of(trace: Retrieved, skipped: int) -> Json:
    spans = trace.spans[skipped : skipped + SPANS_PER_TRACE]
    return {
        "Id": trace.id,
        "Duration": trace.duration,
        "Spans": [{"Id": span_id, "Document": text} for span_id, text in spans],
    }


def _links(traces: list[Retrieved]) -> dict[str, list[Json]]:
    """Return the links of each service's segments, 100 at most."""
    found: dict[str, list[Json]] = {}
    for trace in traces:
        for _, text in trace.spans:
            document = orjson.loads(text)
            for link in document.get("links") or ():
                listed = found.setdefault(document["name"], [])
                target = _target(link)
                if target and len(listed) < LINKS_PER_SERVICE:
                    listed.append(_link(trace, target, link.get("attributes") or {}))
    return found


def _target(link: Json) -> str | None:
    """Return the id of the trace that a link names; None where it names none."""
    try:
        return format_trace_id(parse_trace_id(link.get("trace_id", "")))
    except ValueError:
        return None


def _link(trace: Retrieved, target: str, attributes: Json) -> Json:
    return {
        "ReferenceType": attributes.get("aws.xray.reserved.reference_type", "parent"),
        "SourceTraceId": trace.id,
        "DestinationTraceIds": [target],
    }
