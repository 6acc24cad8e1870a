"""Traces of each group in the last full minute."""

import json
from functools import partial

from fluoro.control.group_counts import GroupCounts
from fluoro.control.groups import create_group
from fluoro.model.decode import decode_document
from fluoro.query.summaries import causes_of
from fluoro.store.engine import EngineError
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


def create(context, groups):
    for name, expression in groups.items():
        request = {"GroupName": name, "FilterExpression": expression}
        create_group(request, context, lambda _: None)


def test_each_group_counts_what_matches_it(engine, context):
    groups = {
        "faults": "fault",
        "both": 'group.name = "faults" AND annotation.k = "v"',
        "itself": 'group.name = "itself"',
    }
    create(context, groups)
    put(engine, 1, MINUTE, fault=True)
    put(engine, 2, MINUTE + 59, fault=True, annotations={"k": "v"})
    put(engine, 3, MINUTE + 30)
    put(engine, 4, MINUTE - 1, fault=True)
    put(engine, 5, MINUTE + 60, fault=True)

    counts = GroupCounts(context.records, partial(causes_of, engine))
    found = counts.last_minute(MINUTE + 61.5)
    assert found == {"Default": 3, "faults": 2, "both": 1, "itself": 0}
    put(engine, 6, MINUTE + 1)
    assert counts.last_minute(MINUTE + 119.9) == found
    assert counts.last_minute(MINUTE + 120)["Default"] == 1


def test_groups_by_root_causes(engine, context):
    """Found without a search having looked at these traces."""
    groups = {
        "causes": 'rootcause.fault.service { name = "shop" }',
        "through": 'group.name = "causes" AND annotation.k = "v"',
    }
    create(context, groups)
    failed = {"fault": True, "cause": {"exceptions": [{"id": "e" * 16, "type": "E"}]}}
    put(engine, 1, MINUTE, **failed)
    put(engine, 2, MINUTE + 1, **failed, annotations={"k": "v"})
    put(engine, 3, MINUTE + 2)

    counts = GroupCounts(context.records, partial(causes_of, engine))
    found = counts.last_minute(MINUTE + 61)
    assert found == {"Default": 3, "causes": 2, "through": 1}


def test_a_group_that_fails_costs_its_own_count_alone(engine, context):
    groups = {"causes": 'rootcause.fault.service { name = "shop" }', "ok": "ok"}
    create(context, groups)
    put(engine, 1, MINUTE, fault=True)

    def failing(_ids):
        raise EngineError("the documents cannot be opened")

    counts = GroupCounts(context.records, failing)
    assert counts.last_minute(MINUTE + 61) == {"Default": 1, "ok": 0}
