"""Documents in OpenTelemetry's form: one JSON span a segment or subsegment.

A span that came by OTLP is answered as it was sent, a segment of an X-Ray client as the
collector's receiver would read it. The layout is the record's
(`fluoro.wire.otlp.record`) with a member `durationNano`: AWS's own for trace retrieval
in the format OTEL. Inferred segments are X-Ray's invention and are no spans.
"""

import orjson

from fluoro.wire.otlp.spans import records_of


def otel_documents(document: str | bytes) -> list[tuple[str, str]]:
    """Return (span id, JSON text) of each span that a document makes, its own first.

    `document` is a segment as BatchGetTraces answers it, or a document as it was sent.
    """
    try:
        segment = orjson.loads(document)
    except orjson.JSONDecodeError:  # nests deeper than any client's document
        return []
    if segment.get("inferred") is True:
        return []
    answered = []
    for record in records_of(segment):
        duration = record["endTimeUnixNano"] - record["startTimeUnixNano"]
        record["durationNano"] = max(duration, 0)
        answered.append((record["spanId"], orjson.dumps(record).decode()))
    return answered
