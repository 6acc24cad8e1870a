"""`MatchedService` and `MatchedEdge`: what a filter's terms selected of a trace.

Traces that are found by the Service clock carry them. X-Ray's public model does not
name them; that they are there, and their members, is known, which entity they show is
not. Here it is that of the first term in the order of writing that selects one; of
several entities the one that ended last.
"""

from typing import Any

from fluoro.query.parts import Part, Trace
from fluoro.query.summary import annotations_of, outcome, rounded
from fluoro.store.matched import Matched

Json = dict[str, Any]


def matched_members(trace: Trace, matched: Matched) -> Json:
    """Return the two members of a summary, null where no term selected anything.

    Of a node the entity itself is shown, of its client the root segment; of an edge
    the call as the caller saw it, with the annotations of what it led to.
    """
    service = _last(trace, [(term, number, number) for term, number in matched.nodes])
    edge = _last(trace, matched.edges)
    return {
        "MatchedService": _entity(service[0], "Annotations", service[1]),
        "MatchedEdge": _entity(edge[0], "DestinationAnnotations", edge[1]),
    }


def _last(
    trace: Trace, entities: list[tuple[int, int, int]]
) -> tuple[Part | None, Part | None]:
    """Return of the first term's entities the one that ended last, and its target."""
    known = [
        (-term, part.end or 0.0, part.id, target)
        for term, number, target in entities
        if (part := trace.parts.get(f"{number:016x}"))
    ]
    if not known:
        return None, None
    *_, seen, target = max(known)
    return trace.parts[seen], trace.parts.get(f"{target:016x}")


def _entity(part: Part | None, member: str, annotated: Part | None) -> Json | None:
    if part is None:
        return None
    return {
        member: annotations_of([annotated] if annotated else []),
        **outcome(part),
        "ResponseTime": rounded(part.duration),
    }
