"""An assembled trace as objects: its segments and subsegments, each in its place."""

from dataclasses import dataclass, field

from fluoro.model.document import Entity
from fluoro.model.inferred import Node, node_of_call

_CALLS = ("aws", "remote")


@dataclass(slots=True, eq=False)
class Part:
    """A segment or subsegment: the version that counts, and where it stands.

    Ids are in lower case; `parent_id` is empty where there is none. Times are epoch
    seconds, `end` is None while in progress. `document` is the text it came in, and
    `position` counts the parts in that text which start before it.
    """

    id: str
    entity: Entity
    segment: bool
    parent_id: str
    document: bytes
    position: int
    start: float
    end: float | None
    inferred: bool = False
    owner: "Part | None" = None
    """The segment it belongs to (itself for a segment), None for an orphan."""
    parent: "Part | None" = None
    """The part it is folded under, None for segments and orphans."""
    children: list["Part"] = field(default_factory=list)
    """The subsegments folded under it, by start."""

    @property
    def name(self) -> str:
        """The name, at most 200 characters."""
        return self.entity.name or ""

    @property
    def call(self) -> bool:
        """Whether this subsegment is a call to something else."""
        return not self.segment and self.entity.namespace in _CALLS

    @property
    def duration(self) -> float | None:
        """Seconds, exact to the microsecond; None while in progress."""
        return None if self.end is None else round(self.end - self.start, 6)

    @property
    def node(self) -> Node:
        """The node of the service graph that a segment, real or inferred, stands for.

        The type is empty where a segment has no origin.
        """
        entity = self.entity
        if self.inferred:
            sql = entity.has_sql
            return node_of_call(self.name, entity.namespace, entity.aws, sql=sql)
        return Node(self.name, entity.origin or "")


@dataclass(slots=True, eq=False)
class Trace:
    """A trace's parts in order of start (equal starts by id).

    `receipts` are the stamps, in epoch microseconds, of the documents that changed
    the trace. `callees` holds the real segments that name a part as their parent,
    `inferred` the segment made for a call that no real one names; both by the part's
    id.
    """

    id: str
    parts: dict[str, Part]
    receipts: list[int]
    segments: list[Part]
    callees: dict[str, list[Part]]
    inferred: dict[str, Part] = field(default_factory=dict)

    @property
    def root(self) -> Part | None:
        """The first segment without a parent; None when all have one, known or not."""
        return next((s for s in self.segments if not s.parent_id), None)

    @property
    def attached(self) -> list[Part]:
        """What hangs together with a segment: everything but orphans."""
        return [part for part in self.parts.values() if part.owner]

    @property
    def orphans(self) -> list[Part]:
        """Subsegments whose parents lead to no segment."""
        return [part for part in self.parts.values() if not part.owner]

    def called_by(self, part: Part) -> list[Part]:
        """Return the segments, real or inferred, on the other side of a part."""
        real = self.callees.get(part.id)
        if real:
            return real
        inferred = self.inferred.get(part.id)
        return [inferred] if inferred else []

    @property
    def start(self) -> float:
        """The earliest start of its segments, or of orphans where there are none.

        Recorded: starts at or before 1970 do not count beside others.
        """
        starts = [part.start for part in self.segments or self.parts.values()]
        return min((s for s in starts if s > 0), default=min(starts, default=0.0))

    @property
    def duration(self) -> float | None:
        """Latest end of what is completed minus earliest start, in seconds.

        Recorded: orphans and starts at or before 1970 do not count, in-progress parts
        count with their start only; None when nothing is completed or the result
        would be negative.
        """
        attached = self.attached
        ends = [part.end for part in attached if part.end is not None]
        starts = [part.start for part in attached if part.start > 0]
        if not ends or not starts:
            return None
        duration = round(max(ends) - min(starts), 6)
        return duration if duration >= 0 else None
