"""A trace's documents as a tree: which segment or subsegment is under which.

Pure. A subsegment stands under its segment, a segment under the subsegment that called
it; what names a parent that is not there is a root. Inferred segments are no rows of
their own: they say what the call above them leads to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fluoro.cli.status import member

Document = dict[str, Any]


@dataclass(slots=True)
class Row:
    """One line of a waterfall: an entity, how deep, and which AWS resource it calls.

    `ancestors_last` says for each level, outermost first, whether that ancestor (the
    row itself at the end) is the last of its siblings: what draws the branches.
    """

    document: Document
    ancestors_last: tuple[bool, ...] = ()
    resource: str = ""
    is_segment: bool = False

    @property
    def depth(self) -> int:
        """0 for a root."""
        return len(self.ancestors_last)

    @property
    def start(self) -> float:
        """Epoch seconds."""
        return float(self.document.get("start_time") or 0)

    @property
    def end(self) -> float | None:
        """Epoch seconds, None while in progress."""
        end = self.document.get("end_time")
        return float(end) if isinstance(end, int | float) else None


@dataclass(slots=True)
class _Forest:
    """The entities of a trace by what is under them."""

    under: dict[str, list[Row]] = field(default_factory=dict)
    """Segments by the id of the subsegment (or segment) that called them."""
    inferred: dict[str, Document] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    segments: list[Row] = field(default_factory=list)


def rows(documents: Iterable[Document]) -> list[Row]:
    """Return the rows of a waterfall, parents before children, siblings by start."""
    forest = _gather(documents)
    roots = [
        r for r in forest.segments if r.document.get("parent_id") not in forest.known
    ]
    seen: set[int] = set()
    made: list[Row] = []
    # A segment whose parents run in a circle hangs under no root: it becomes one.
    for root in [*sorted(roots, key=_order), *sorted(forest.segments, key=_order)]:
        made.extend(_walk(root, forest, seen))
    return made


def _gather(documents: Iterable[Document]) -> _Forest:
    forest = _Forest()
    for document in documents:
        parent_id = document.get("parent_id")
        if document.get("inferred") and isinstance(parent_id, str):
            forest.inferred[parent_id] = document
            continue
        row = Row(document, is_segment=True)
        forest.segments.append(row)
        if isinstance(parent_id, str):
            forest.under.setdefault(parent_id, []).append(row)
        pending = [document]
        while pending:
            entity = pending.pop()
            forest.known.add(str(entity.get("id")))
            pending.extend(_subsegments(entity))
    return forest


def _walk(root: Row, forest: _Forest, seen: set[int]) -> Iterator[Row]:
    """Yield a root and everything below it, each entity once."""
    pending = [root]
    while pending:
        row = pending.pop()
        if id(row.document) in seen:
            continue
        seen.add(id(row.document))
        inferred = forest.inferred.get(str(row.document.get("id")))
        row.resource = _resource(inferred) if inferred else ""
        yield row
        children = [Row(child) for child in _subsegments(row.document)]
        children += forest.under.get(str(row.document.get("id")), ())
        children.sort(key=_order)
        for i, child in enumerate(children):
            child.ancestors_last = (*row.ancestors_last, i == len(children) - 1)
        pending.extend(reversed(children))


def _order(row: Row) -> float:
    return row.start


def _subsegments(document: Document) -> list[Document]:
    children = document.get("subsegments")
    if not isinstance(children, list):
        return []
    return [child for child in children if isinstance(child, dict)]


def _resource(inferred: Document) -> str:
    names = member(inferred, "aws").get("resource_names")
    return str(names[0]) if isinstance(names, list) and names else ""


def exceptions(document: Document) -> list[Document]:
    """Return the exceptions of `cause`, whatever form it has."""
    found = member(document, "cause").get("exceptions")
    if not isinstance(found, list):
        return []
    return [exception for exception in found if isinstance(exception, dict)]
