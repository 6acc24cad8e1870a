"""Why a trace failed or was slow: fault, error and response-time root causes.

The rules are those of recordings of the real service. Failures follow the flags as
sent, never the HTTP status. A path starts at a flagged segment, real or inferred, that
no flagged caller accounts for. It goes down through flagged subsegments and calls, and
ends at the deepest part with exceptions or at an inferred service; without either
there is no path. Each start gives one path, and only those that start at a root
segment impact clients.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from fluoro.model.document import Cause, decode_cause
from fluoro.query.parts import Part, Trace

Flag = Literal["fault", "error"]
Json = dict[str, Any]

_COVERAGE_MIN = 0.5
"""A part is a response-time cause above this share of the root's time (recorded)."""


def failure_causes(trace: Trace, flag: Flag) -> list[Json]:
    """Return `FaultRootCauses` or `ErrorRootCauses`, impacting ones first."""
    segments = [*trace.segments, *trace.inferred.values()]
    if not any(getattr(segment.entity, flag) for segment in segments):
        return []
    paths = _Paths(trace, flag)
    starts = [
        (segment, path)
        for segment in _callees_first(trace)
        if getattr(segment.entity, flag) and (path := paths.best_from(segment))
    ]
    starts = [start for start in starts if start[0].id not in paths.accounted_for]
    starts.sort(key=lambda s: (bool(s[0].parent_id), s[0].start, s[0].id))
    return [
        _cause(path.parts(), _failed_entity, impacting=not segment.parent_id)
        for segment, path in starts
    ]


def response_time_causes(trace: Trace) -> list[Json]:
    """Return `ResponseTimeRootCauses`: at most one path, down from the root.

    Each step takes the longest part that takes more than half of the root's time; of
    equals the earliest, and an inferred service before work inside of its call.
    """
    root = trace.root
    whole = root.duration if root else None
    if root is None or not whole or whole < 0:
        return []

    def coverage(part: Part) -> float:
        return round((part.duration or 0.0) / whole, 6)

    path = {root.id: root}
    part: Part | None = root
    while part:
        ahead = [
            p
            for p in [*trace.called_by(part), *part.children]
            if coverage(p) > _COVERAGE_MIN and p.id not in path
        ]
        part = min(
            ahead,
            key=lambda p: (-coverage(p), p.start, not p.inferred, p.id),
            default=None,
        )
        if part:
            path[part.id] = part
    if len(path) == 1:
        return []

    def entity(part: Part) -> Json:
        return {"Name": part.name, "Coverage": coverage(part), "Remote": part.call}

    return [_cause(path.values(), entity, impacting=True)]


@dataclass(slots=True)
class _Path:
    """A part on the way to where a failure came from, and the rest of the way."""

    part: Part
    rest: "_Path | None" = None

    @property
    def leaves_service(self) -> bool:
        """Whether the way goes on in another service."""
        return self.part.segment or (self.rest is not None and self.rest.leaves_service)

    def parts(self) -> list[Part]:
        """Return the whole way."""
        found: list[Part] = []
        path: _Path | None = self
        while path:
            found.append(path.part)
            path = path.rest
        return found


class _Paths:
    """The best path from each flagged part.

    Callees are to be asked for before their callers, so that the search goes no
    deeper than one segment nests.
    """

    def __init__(self, trace: Trace, flag: Flag) -> None:
        self.accounted_for: set[str] = set()
        """The flagged segments on the other side of a call that was considered."""
        self._trace = trace
        self._flag = flag
        self._found: dict[str, _Path | None] = {}

    def best_from(self, part: Part) -> _Path | None:
        """Return the path from a flagged part, None where it leads to nothing."""
        if part.id not in self._found:
            self._found[part.id] = None  # a cycle leads to nothing
            self._found[part.id] = self._search(part)
        return self._found[part.id]

    def _search(self, part: Part) -> _Path | None:
        if part.inferred:
            return _Path(part)
        cause = _cause_of(part)
        if cause.reference is not None:
            return self._follow(part, cause.reference)
        paths = [path for p in self._ahead(part) if (path := self.best_from(p))]
        if paths:
            return _Path(part, min(paths, key=_rank))
        return _Path(part) if cause.exceptions else None

    def _ahead(self, part: Part) -> list[Part]:
        flag = self._flag
        callees = [c for c in self._trace.called_by(part) if getattr(c.entity, flag)]
        self.accounted_for.update(callee.id for callee in callees)
        return callees + [c for c in part.children if getattr(c.entity, flag)]

    def _follow(self, part: Part, reference: str) -> _Path | None:
        """Go to the part below that recorded the exception, and on from there.

        Recorded: a reference to anything else blocks the way down.
        """
        owner = self._recorded.get(reference.lower())
        callers = _way_up(owner, part) if owner else []
        path = self.best_from(owner) if owner and callers else None
        for caller in callers:
            path = path and _Path(caller, path)
        return path

    @cached_property
    def _recorded(self) -> dict[str, Part]:
        """The part that recorded an exception, by the exception's id."""
        found: dict[str, Part] = {}
        for part in self._trace.attached:
            if part.entity.cause:
                for exception in _cause_of(part).exceptions:
                    if exception.id:
                        found.setdefault(exception.id.lower(), part)
        return found


def _way_up(part: Part, top: Part) -> list[Part]:
    """Return what a part is folded under, up to `top`; nothing if that is not above."""
    way = []
    above = part.parent
    while above:
        way.append(above)
        if above is top:
            return way
        above = above.parent
    return []


def _cause_of(part: Part) -> Cause:
    try:
        return decode_cause(part.entity.cause)
    except RecursionError:  # it nests as deep as the interpreter's stack
        return Cause([])


def _rank(path: _Path) -> tuple[bool, bool, int, float, str]:
    """Order siblings: what reaches another service first, then as a Java HashMap does.

    An inferred service comes before work inside of the call that led to it. Recorded:
    neither order, times nor exceptions decide between local siblings, only the bucket
    of the subsegment's id.
    """
    part = path.part
    bucket = java_bucket(part.id)
    return not path.leaves_service, not part.inferred, bucket, part.start, part.id


def java_bucket(text: str) -> int:
    """Return the bucket of an ASCII text in a Java HashMap of sixteen."""
    code = 0
    for character in text:
        code = (code * 31 + ord(character)) & 0xFFFFFFFF
    return (code ^ code >> 16) & 15


def _callees_first(trace: Trace) -> list[Part]:
    """Return the segments, each before its caller; cycles are left out."""
    called: dict[str, list[Part]] = {}
    ordered = []
    for segment in [*trace.segments, *trace.inferred.values()]:
        parent = trace.parts.get(segment.parent_id)
        if parent and parent.owner:
            called.setdefault(parent.owner.id, []).append(segment)
        else:
            ordered.append(segment)
    for segment in ordered:  # grows while it is walked
        ordered += called.get(segment.id, ())
    return ordered[::-1]


def _cause(
    path: Iterable[Part], entity: Callable[[Part], Json], *, impacting: bool
) -> Json:
    """Return a cause: its services, each with the parts of the path that it owns."""
    services: list[Json] = []
    for part in path:
        if part.segment:
            name, kind = part.node
            services.append(
                {
                    "Name": name,
                    "Names": [name],
                    "Type": kind,
                    "AccountId": None,
                    "EntityPath": [],
                    "Inferred": part.inferred,
                }
            )
        services[-1]["EntityPath"].append(entity(part))
    return {"Services": services, "ClientImpacting": impacting}


def _failed_entity(part: Part) -> Json:
    exceptions = [] if part.inferred else _cause_of(part).exceptions
    return {
        "Name": part.name,
        "Exceptions": [
            {"Name": e.type or None, "Message": e.message or None} for e in exceptions
        ],
        "Remote": part.call,
    }
