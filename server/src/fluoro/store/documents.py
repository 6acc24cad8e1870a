"""Reads the documents of given traces, by primary key."""

from base64 import b64decode
from collections.abc import Sequence

from fluoro.store.engine import Engine

Received = tuple[int, bytes]
"""A receipt stamp in epoch microseconds, and the document that came in then."""

# The engine looks a set of ids up in its primary index only where a subquery makes it.
# A document moved from the spool twice stands there twice until the engine merges, and
# members that nobody has decoded may hold broken UTF-8.
_DOCUMENTS = """
SELECT trace_id, received_us, startsWith(document, unhex('e1')) AS is_sealed,
    is_sealed ? base64Encode(document) : toValidUTF8(document)
FROM documents
WHERE trace_id IN (SELECT toFixedString(unhex(arrayJoin({ids:Array(String)})), 16))
ORDER BY trace_id, received_us
LIMIT 1 BY trace_id, received_us
"""


def read_documents(
    engine: Engine, trace_ids: Sequence[bytes]
) -> dict[bytes, list[Received]]:
    """Return the documents of each trace in order of receipt; unknown ids are left out.

    The texts are valid UTF-8, sealed ones opened. Raises EngineError.
    """
    found: dict[bytes, list[Received]] = {}
    if not trace_ids:
        return found
    ids = [trace_id.hex() for trace_id in trace_ids]
    for trace_id, received_us, is_sealed, text in engine.query(
        _DOCUMENTS, {"ids": ids}
    ):
        document = _opened(engine, text) if is_sealed else text.encode()
        found.setdefault(trace_id, []).append((received_us, document))
    return found


def _opened(engine: Engine, text: str) -> bytes:
    opened = engine.sealing.open(b64decode(text))
    return opened.decode("utf-8", "replace").encode()
