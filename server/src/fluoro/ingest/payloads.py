"""OTLP payloads that stand where documents do, opened at the door.

AWS's OpenTelemetry distributions send `T1...` payloads as datagrams and as elements of
PutTraceSegments; each becomes the documents of its spans.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fluoro.ingest.batch import Document
from fluoro.model.refusals import Refused
from fluoro.wire.otlp.options import MappingOptions
from fluoro.wire.otlp_channel import is_otlp, open_payload


@dataclass(slots=True)
class Opened:
    """The documents of a call, `owners[i]` being the element that brought number i.

    `refusals` has an entry for each element, None where all is well so far; `refused`
    lists what was refused before it became a document.
    """

    documents: Sequence[Document]
    owners: Sequence[int]
    refusals: list[Refused | None]
    refused: Sequence[Refused] = ()


def open_payloads(texts: Sequence[Document], options: MappingOptions) -> Opened:
    """Return the documents of a call's elements, each OTLP payload opened."""
    refusals: list[Refused | None] = [None] * len(texts)
    if not any(map(is_otlp, texts)):
        return Opened(texts, range(len(texts)), refusals)
    documents: list[Document] = []
    owners: list[int] = []
    refused: list[Refused] = []
    for number, text in enumerate(texts):
        if not is_otlp(text):
            documents.append(text)
            owners.append(number)
            continue
        try:
            converted = open_payload(text, options)
        except Refused as refusal:
            found = [refusal]
        else:
            documents.extend(converted.documents)
            owners.extend([number] * len(converted.documents))
            found = converted.refused
        refused += found
        refusals[number] = found[0] if found else None
    return Opened(documents, owners, refusals, refused)
