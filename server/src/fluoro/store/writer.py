"""Inserting documents and the rows derived from them."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from fluoro.model.sampling import is_indexed
from fluoro.store.engine import Engine
from fluoro.store.rows import ENTITY_COLUMNS

DOCUMENT_COLUMNS = ("trace_id", "received_us", "document")


def write(
    engine: Engine,
    documents: list[list[Any]],
    entities: list[list[Any]],
    indexed_percentage: float = 100.0,
) -> None:
    """Insert flat values of `documents` and `entities`; on disk when it returns.

    Documents go first, so that whatever a search finds can be read; they are sealed as
    the engine is set to. Of the entities only those of indexed traces are written.
    Writing the same again changes nothing. Raises EngineError.
    """
    texts = list(chain.from_iterable(documents))
    texts[2::3] = map(engine.sealing.seal, texts[2::3])
    engine.insert("documents", DOCUMENT_COLUMNS, texts)
    cells = list(chain.from_iterable(entities))
    if indexed_percentage < 100:
        cells = list(_indexed(cells, indexed_percentage))
    engine.insert("entities", ENTITY_COLUMNS, cells)


def _indexed(cells: list[Any], percentage: float) -> Iterator[Any]:
    """Yield the cells of the rows whose trace, the first cell, is indexed."""
    width = len(ENTITY_COLUMNS)
    for first in range(0, len(cells), width):
        if is_indexed(cells[first], percentage):
            yield from cells[first : first + width]
