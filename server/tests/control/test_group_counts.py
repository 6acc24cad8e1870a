"""Traces of each group in the last full minute."""

import json

from fluoro.control.group_counts import GroupCounts
from fluoro.control.groups import create_group
from fluoro.model.decode import decode_document
from fluoro.store.rows import flatten
from fluoro.store.writer import write

MINUTE = 1_790_000_040
"""A full minute, in epoch seconds."""


def put(engine, number, received, **members):
    text = json.dumps(
        {
            "id": f"{number:016x}",
            "name": "shop",
            "trace_id": f"1-6ab00000-{number:024x}",
            "start_time": float(received),
            "end_time": received + 1.0,
            **members,
        }
    )
    stamp = received * 1_000_000 + number
    rows = flatten(decode_document(text)[0], stamp)
    cells = [cell for row in rows for cell in row]
    write(engine, [[rows[0][0], stamp, text]], [cells])


def test_each_group_counts_what_matches_it(engine, context):
    for name, expression in (
        ("faults", "fault"),
        ("both", 'group.name = "faults" AND annotation.k = "v"'),
        ("itself", 'group.name = "itself"'),
    ):
        request = {"GroupName": name, "FilterExpression": expression}
        create_group(request, context, lambda _: None)
    put(engine, 1, MINUTE, fault=True)
    put(engine, 2, MINUTE + 59, fault=True, annotations={"k": "v"})
    put(engine, 3, MINUTE + 30)
    put(engine, 4, MINUTE - 1, fault=True)
    put(engine, 5, MINUTE + 60, fault=True)

    counts = GroupCounts(context.records)
    found = counts.last_minute(MINUTE + 61.5)
    assert found == {"Default": 3, "faults": 2, "both": 1, "itself": 0}
    put(engine, 6, MINUTE + 1)
    assert counts.last_minute(MINUTE + 119.9) == found
    assert counts.last_minute(MINUTE + 120)["Default"] == 1
