"""A batch: what one call or one sweep of datagrams brought, on its way to the store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fluoro.model.decode import decode_document
from fluoro.model.refusals import Refused
from fluoro.store.rows import flatten

Document = str | bytes


@dataclass(slots=True)
class Batch:
    """Admitted documents of one transport.

    `first_us` is the receipt stamp of the first; each further one has the next
    microsecond. `entities` and `documents` are the flat values of the store's tables.
    `on_stored` is called once the store has the batch on disk.
    """

    transport: str
    first_us: int
    texts: list[Document] = field(default_factory=list)
    entities: list[Any] = field(default_factory=list)
    documents: list[Any] = field(default_factory=list)
    keys: list[tuple[bytes, int]] = field(default_factory=list)
    on_stored: Callable[[Exception | None], None] | None = None

    def admit(self, text: Document, bytes_max: int | None = None) -> None:
        """Validate a document of at most `bytes_max` and add it; raise Refused."""
        stamp = self.first_us + len(self.texts)
        try:
            entity, text = decode_document(text, bytes_max)
            rows = flatten(entity, stamp)
        except RecursionError:
            raise Refused("ParseError", "the document nests too deeply") from None
        extend = self.entities.extend
        for row in rows:
            extend(row)
        trace_id, document_id = rows[0][0], rows[0][1]
        self.documents += (trace_id, stamp, text)
        self.keys.append((trace_id, document_id))
        self.texts.append(text)

    def pack(self) -> bytes:
        """Return the bytes the spool keeps."""
        return msgspec.msgpack.encode((self.transport, self.first_us, self.texts))


def unpack(payload: bytes) -> Batch:
    """Make a spooled batch again, with the rows and stamps it had."""
    transport, first_us, texts = msgspec.msgpack.decode(payload)
    batch = Batch(transport, first_us)
    for text in texts:
        try:
            batch.admit(text)
        except Refused:  # admitted once: only a newer, stricter Fluoro gets here
            continue
    return batch
