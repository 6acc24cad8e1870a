"""Inserting documents and the rows derived from them."""

from itertools import chain
from typing import Any

from fluoro.store.engine import Engine
from fluoro.store.rows import ENTITY_COLUMNS

DOCUMENT_COLUMNS = ("trace_id", "received_us", "document")


def write(
    engine: Engine, documents: list[list[Any]], entities: list[list[Any]]
) -> None:
    """Insert flat values of `documents` and `entities`; on disk when it returns.

    Documents go first, so that whatever a search finds can be read. Writing the same
    again changes nothing. Raises EngineError.
    """
    engine.insert("documents", DOCUMENT_COLUMNS, list(chain.from_iterable(documents)))
    engine.insert("entities", ENTITY_COLUMNS, list(chain.from_iterable(entities)))
