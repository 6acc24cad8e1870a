"""From a trace's documents to the trace, whatever the order they arrived in.

Recorded rules: of the versions of one id the first completed one wins for good; any
completed one beats those in progress, of which the latest counts; it makes no
difference whether a version came embedded or on its own. Position in a document beats
`parent_id`. Everything takes time in proportion to the documents.
"""

from collections import defaultdict
from collections.abc import Iterable

from fluoro.model.decode import decode_document
from fluoro.model.document import Entity
from fluoro.model.ids import format_trace_id
from fluoro.model.limits import FOLDED_DEPTH_MAX
from fluoro.model.refusals import Refused
from fluoro.query.inferred import infer
from fluoro.query.parts import Part, Trace

_NO_PARENT = "0" * 16


def assemble(trace_id: bytes, documents: Iterable[tuple[int, bytes]]) -> Trace:
    """Return the trace made of documents with their receipt stamps (microseconds)."""
    parts: dict[str, Part] = {}
    receipts = [stamp for stamp, text in sorted(documents) if _take_in(parts, text)]
    ordered = sorted(parts.values(), key=_by_start)
    trace = Trace(
        id=format_trace_id(trace_id),
        parts={part.id: part for part in ordered},
        receipts=receipts,
        segments=[part for part in ordered if part.segment],
        callees=_by_parent(part for part in ordered if part.segment),
    )
    _fold(trace.segments, _by_parent(part for part in ordered if not part.segment))
    trace.inferred = infer(trace)
    return trace


def _by_start(part: Part) -> tuple[float, str]:
    return part.start, part.id


def _by_parent(parts: Iterable[Part]) -> dict[str, list[Part]]:
    found = defaultdict(list)
    for part in parts:
        if part.parent_id:
            found[part.parent_id].append(part)
    return dict(found)


def _take_in(parts: dict[str, Part], document: bytes) -> bool:
    """Put the document's parts where they win; return whether that changed anything."""
    try:
        root, _ = decode_document(document)
    except Refused:
        return False  # nested so deep that it can be read on a short stack only
    parent_id = (root.parent_id or "").lower()
    changed = False
    waiting = [(root, "" if parent_id == _NO_PARENT else parent_id)]
    position = -1
    while waiting:
        entity, parent_id = waiting.pop()
        position += 1
        entity_id = (entity.id or "").lower()
        known = parts.get(entity_id)
        if known is None or _replaces(entity, document, known):
            changed |= known is None or known.document != document
            parts[entity_id] = Part(
                id=entity_id,
                entity=entity,
                segment=entity is root and not root.is_subsegment,
                parent_id=parent_id,
                document=document,
                position=position,
                start=entity.start_time or 0.0,
                end=entity.end_time,
            )
        if entity.subsegments:
            waiting += [(child, entity_id) for child in reversed(entity.subsegments)]
    return changed


def _replaces(entity: Entity, document: bytes, known: Part) -> bool:
    """Say whether a later version wins; in one document the first of equals does."""
    if known.end is not None:
        return False
    return entity.end_time is not None or known.document is not document


def _fold(segments: list[Part], waiting: dict[str, list[Part]]) -> None:
    """Hang every subsegment under its parent; what stays in `waiting` is an orphan.

    Taking children out of `waiting` cuts cycles. Below a depth that readers of nested
    JSON bear, descendants are folded under the last part above it.
    """
    for segment in segments:
        segment.owner = segment
        open_parts = [(segment, segment, 1)]
        while open_parts:
            part, holder, depth = open_parts.pop()
            for child in waiting.pop(part.id, ()):
                child.owner, child.parent = segment, holder
                holder.children.append(child)
                if depth < FOLDED_DEPTH_MAX:
                    open_parts.append((child, child, depth + 1))
                else:
                    open_parts.append((child, holder, depth))
