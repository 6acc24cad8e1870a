"""Inserting documents and the rows derived from them."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from fluoro.model.sampling import is_indexed
from fluoro.store.engine import Engine
from fluoro.store.rows import ENTITY_COLUMNS

DOCUMENT_COLUMNS = ("trace_id", "received_us", "document")
LINK_COLUMNS = ("trace_id", "consumer_trace_id", "received_us")

_WIDTH = len(ENTITY_COLUMNS)
_RECEIVED = ENTITY_COLUMNS.index("received_us")
_LINKS = ENTITY_COLUMNS.index("links")


def write(
    engine: Engine,
    documents: list[list[Any]],
    entities: list[list[Any]],
    indexed_percentage: float = 100.0,
) -> None:
    """Insert flat values of `documents` and `entities`; on disk when it returns.

    Documents go first, so that whatever a search finds can be read, then which traces
    link to others; documents are sealed as the engine is set to. Of the entities only
    those of indexed traces are written. Writing the same again changes nothing. Raises
    EngineError.
    """
    texts = list(chain.from_iterable(documents))
    texts[2::3] = map(engine.sealing.seal, texts[2::3])
    engine.insert("documents", DOCUMENT_COLUMNS, texts)
    cells = list(chain.from_iterable(entities))
    if indexed_percentage < 100:
        cells = list(_indexed(cells, indexed_percentage))
    engine.insert("graph_links", LINK_COLUMNS, list(_links(cells)))
    engine.insert("entities", ENTITY_COLUMNS, cells)


def _links(cells: list[Any]) -> Iterator[Any]:
    """Yield the cells of `graph_links`: a row a link of the entities' rows."""
    for first in range(0, len(cells), _WIDTH):
        for trace_id, _ in cells[first + _LINKS]:
            yield trace_id
            yield cells[first]
            yield cells[first + _RECEIVED]


def _indexed(cells: list[Any], percentage: float) -> Iterator[Any]:
    """Yield the cells of the rows whose trace, the first cell, is indexed."""
    for first in range(0, len(cells), _WIDTH):
        if is_indexed(cells[first], percentage):
            yield from cells[first : first + _WIDTH]
