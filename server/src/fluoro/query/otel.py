"""Traces in OpenTelemetry's form: one JSON span for each segment and subsegment.

A span that came by OTLP is answered as it was sent, one made of an X-Ray client's
document as the collector's receiver would read it. The layout is the record's
(`fluoro.wire.otlp.record`) with a member `durationNano`, AWS's own for trace retrieval
in the format OTEL. Inferred segments are X-Ray's invention and are not answered.
"""

from collections.abc import Iterator

import orjson

from fluoro.query.parts import Trace
from fluoro.wire.otlp.record import Record
from fluoro.wire.otlp.spans import records_of


def otel_documents(trace: Trace) -> Iterator[tuple[str, str]]:
    """Yield the span id and the JSON text of each span, by start."""
    for record in _records_of(trace):
        duration = record["endTimeUnixNano"] - record["startTimeUnixNano"]
        record["durationNano"] = max(duration, 0)
        yield record["spanId"], orjson.dumps(record).decode()


def _records_of(trace: Trace) -> list[Record]:
    """Return the record of each span of a trace, by start.

    Of several documents with the same id the one that counts is read, as everywhere.
    """
    found: dict[str, Record] = {}
    for document in {id(p.document): p.document for p in trace.parts.values()}.values():
        for record in _records(document):
            part = trace.parts.get(record["spanId"])
            if part is not None and part.document is document:
                found.setdefault(record["spanId"], record)
    return sorted(found.values(), key=lambda r: (r["startTimeUnixNano"], r["spanId"]))


def _records(document: bytes) -> list[Record]:
    try:
        return records_of(orjson.loads(document))
    except (orjson.JSONDecodeError, RecursionError):
        return []  # nests deeper than any client's document
