"""Segment documents out of the JSON files that people have.

One object, an array, JSON lines, or an answer of BatchGetTraces; documents may be
objects or texts. Pure.
"""

import json
from collections.abc import Iterator
from typing import Any


class NotDocumentsError(ValueError):
    """The text holds no segment documents; says where and why."""


def read_documents(text: str) -> Iterator[str]:
    """Yield each document of a file as JSON text.

    Inferred segments of an answer are left out: a server makes its own. Raises
    NotDocumentsError where the text is neither JSON nor JSON lines.
    """
    for value in _values(text):
        yield from _documents(value)


def _values(text: str) -> Iterator[Any]:
    """Yield the JSON values of a text: one, or one after another."""
    decoder = json.JSONDecoder()
    position, length = 0, len(text)
    while True:
        while position < length and text[position].isspace():
            position += 1
        if position == length:
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, position) + 1
            raise NotDocumentsError(
                f"the value that begins on line {line} is no JSON: {error}"
            ) from None
        yield value


def _documents(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _documents(item)
    elif isinstance(value, dict) and isinstance(value.get("Traces"), list):
        yield from _documents(value["Traces"])
    elif isinstance(value, dict) and isinstance(value.get("Segments"), list):
        for segment in value["Segments"]:
            yield from _documents_of_answer(segment)
    elif isinstance(value, dict) and value.get("inferred") is True:
        return
    elif isinstance(value, dict) and isinstance(
        value.get("TraceSegmentDocuments"), list
    ):
        yield from _documents(value["TraceSegmentDocuments"])
    else:
        yield json.dumps(value)


def _documents_of_answer(segment: Any) -> Iterator[str]:
    """Yield an answer's segment: `{Id, Document}`, or the document itself."""
    document = segment.get("Document") if isinstance(segment, dict) else None
    if not isinstance(document, str):
        yield from _documents(segment)
        return
    try:
        yield from _documents(json.loads(document))
    except ValueError:
        yield document
