"""Segments for the other side of calls that nobody reported.

Recorded: a completed call (namespace `aws` or `remote`) which no segment names as its
parent gets a segment of its own, as soon as the call itself is completed. It copies
the name, times, flags, `http` and `aws`, never the cause, annotations or metadata.
"""

from hashlib import blake2b

from msgspec import structs

from fluoro.model.document import NOTHING, Entity
from fluoro.model.inferred import REMOTE_TYPE, RESOURCES, node_of_call
from fluoro.query.parts import Part, Trace

_QUEUE_TYPE = RESOURCES["SQS"][1]
_SENDS = ("SendMessage", "SendMessageBatch")
_ID_MASK = (1 << 62) - 1


def infer(trace: Trace) -> dict[str, Part]:
    """Return the inferred segment of each unanswered call, by the call's id."""
    return {
        part.id: _segment(trace.id, part)
        for part in trace.parts.values()
        if part.call
        and part.owner
        and part.end is not None
        and part.id not in trace.callees
    }


def made_id(trace_id: str, source_id: str) -> str:
    """Return an id that X-Ray would make, the same at every reading.

    Recorded: the first of the 16 digits of such ids is 0 to 3.
    """
    digest = blake2b(f"{trace_id}/{source_id}".encode(), digest_size=8).digest()
    return f"{int.from_bytes(digest, 'big') & _ID_MASK:016x}"


def _segment(trace_id: str, call: Part) -> Part:
    entity = call.entity
    sql = entity.has_sql
    node = node_of_call(call.name, entity.namespace, entity.aws, sql=sql)
    segment_id = made_id(trace_id, call.id)
    made = Part(
        id=segment_id,
        entity=structs.replace(
            entity,
            id=segment_id,
            parent_id=call.id,
            origin=None if node.type == REMOTE_TYPE else node.type,
            cause=NOTHING,
            annotations=None,
            links=None,
            subsegments=None,
        ),
        segment=True,
        parent_id=call.id,
        document=call.document,
        position=call.position,
        start=call.start,
        end=call.end,
        inferred=True,
    )
    made.owner = made
    return made


def queue_time(trace_id: str, segment: Part) -> Part | None:
    """Return the `QueueTime` subsegment of an inferred queue, None for others.

    Recorded for SendMessage with a queue URL; it spans the same interval.
    """
    aws = segment.entity.aws
    sent = aws is not None and aws.operation in _SENDS
    if not (segment.inferred and sent and segment.node.type == _QUEUE_TYPE):
        return None
    made = made_id(trace_id, segment.id)
    entity = Entity(
        id=made, name="QueueTime", start_time=segment.start, end_time=segment.end
    )
    return Part(
        id=made,
        entity=entity,
        segment=False,
        parent_id=segment.id,
        document=b"{}",
        position=0,
        start=segment.start,
        end=segment.end,
    )
