"""The roller and inserts that take long."""

import json
import time

from fluoro.model.decode import decode_document
from fluoro.store import rollups
from fluoro.store.roller import Roller
from fluoro.store.rows import ENTITY_COLUMNS, flatten

MINUTE_US = 60_000_000


def put(engine, received_us):
    document = {
        "id": "a" * 16,
        "name": "n",
        "trace_id": "1-6ab00000-" + "b" * 24,
        "start_time": 1,
        "end_time": 2,
    }
    rows = flatten(decode_document(json.dumps(document).encode())[0], received_us)
    engine.insert("entities", ENTITY_COLUMNS, [cell for row in rows for cell in row])


def test_what_an_unfinished_insert_brings_is_not_taken_for_built(engine):
    """The horizon stops where the insert began, and stays there until it ends."""
    now_us = time.time_ns() // 1_000
    put(engine, now_us - MINUTE_US)
    inserting = [now_us - 3 * MINUTE_US]
    roller = Roller(engine, lambda: (now_us + MINUTE_US) / 1e6, lambda: inserting[0])
    while roller.step():
        pass
    assert rollups.read_state(engine).horizon_us == inserting[0]
    assert roller.step() is False
    assert rollups.read_state(engine).horizon_us == inserting[0]

    inserting[0] = None
    put(engine, now_us - MINUTE_US + 1)
    later = Roller(engine, lambda: (now_us + 2 * MINUTE_US) / 1e6)
    while later.step():
        pass
    assert rollups.read_state(engine).horizon_us > now_us
