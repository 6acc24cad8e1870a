"""Makes documents, and traces of them, in few words."""

import json

from fluoro.model.ids import parse_trace_id
from fluoro.query.assemble import assemble

TRACE_ID = "1-6ab00000-" + "b" * 24
NOW = 1_790_000_000
"""Documents' times count from here, in seconds."""

CALL_APART_US = 1_000_000


def segment(entity_id, start=0.0, end=1.0, **members):
    """A segment; ids are given by one or more hex digits, `end` None is in progress."""
    return {"trace_id": TRACE_ID, **subsegment(entity_id, start, end, **members)}


def subsegment(entity_id, start=0.0, end=1.0, **members):
    """An embedded subsegment."""
    members = {key: value for key, value in members.items() if value is not None}
    if "parent_id" in members:
        members["parent_id"] = hex_id(members["parent_id"])
    times = {"in_progress": True} if end is None else {"end_time": NOW + end}
    name = members.pop("name", f"n{entity_id}")
    document = {"id": hex_id(entity_id), "name": name, "start_time": NOW + start}
    return {**document, **times, **members}


def independent(entity_id, parent_id, start=0.0, end=1.0, **members):
    """An independent subsegment."""
    made = segment(entity_id, start, end, parent_id=parent_id, **members)
    return {**made, "type": "subsegment"}


def hex_id(short):
    """Sixteen hex digits out of fewer."""
    return short if len(short) == 16 else short.rjust(16, "0")


def encode(document):
    return json.dumps(document, separators=(",", ":")).encode()


def received(*documents):
    """Documents with receipt stamps, each in a call of its own."""
    return [
        (NOW * 1_000_000 + number * CALL_APART_US, encode(document))
        for number, document in enumerate(documents)
    ]


def trace_of(*documents):
    """The trace that documents make when they arrive in this order."""
    return assemble(parse_trace_id(TRACE_ID), received(*documents))
