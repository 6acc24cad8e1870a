"""The roller and inserts that take long."""

import json
import time

from fluoro.model.decode import decode_document
from fluoro.store import calls, rollups
from fluoro.store import cover as covering
from fluoro.store.calls import NODE
from fluoro.store.digest import read_digests
from fluoro.store.graph import read_window
from fluoro.store.roller import Roller
from fluoro.store.rows import ENTITY_COLUMNS, flatten

SECOND_US, MINUTE_US = 1_000_000, 60_000_000


def put(engine, received_us, number="a" * 16, **more):
    document = {
        "id": number,
        "name": "n",
        "trace_id": f"1-6ab00000-{number:0>24}",
        "start_time": 1,
        "end_time": 2,
        **more,
    }
    rows = flatten(decode_document(json.dumps(document).encode())[0], received_us)
    engine.insert("entities", ENTITY_COLUMNS, [cell for row in rows for cell in row])


def cover(engine, window):
    with (
        engine.sessions(2) as sessions,
        covering.cover(engine, sessions, window, lambda *_: []) as covered,
    ):
        return covered


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


def test_spans_end_where_the_spool_begins(engine):
    """What waits is waited for; what it leaves behind is built when it is through."""
    now_us = time.time_ns() // 1_000
    put(engine, now_us - MINUTE_US)
    waiting = [now_us - 2 * MINUTE_US]
    clock = (now_us + 10 * MINUTE_US) / 1e6
    roller = Roller(engine, lambda: clock, waiting_since=lambda: waiting[0])
    while roller.step():
        pass
    assert rollups.read_state(engine).slices_until_us <= waiting[0]

    waiting[0] = None
    while roller.step():
        pass
    assert rollups.read_state(engine).slices_until_us > now_us + 9 * MINUTE_US
    assert counted(engine, (now_us - 5 * MINUTE_US, now_us)) == 1


def counted(engine, window):
    return sum(
        entity.statistics.ok
        for entity in read_window(engine, window)
        if entity.kind == NODE
    )


def test_ten_minutes_and_hours_hold_what_their_minutes_hold(engine, monkeypatch):
    """Rows in the middle of a unit, so that no minute begins where the unit does."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)
    hour_us = time.time_ns() // 1_000 // (60 * MINUTE_US) * (60 * MINUTE_US)
    begin_us = hour_us - 2 * 60 * MINUTE_US
    for number, minute in enumerate((3, 7, 34, 95)):
        put(engine, begin_us + minute * MINUTE_US + 1, f"{number:016x}")
    window = begin_us, begin_us + 120 * MINUTE_US
    before = counted(engine, window)
    roller = Roller(engine, lambda: (hour_us + MINUTE_US) / 1e6)
    while roller.step():
        pass

    taken = cover(engine, window).spans
    assert {span.width_s for span in taken} == {3600}
    assert counted(engine, window) == before == 4
    assert counted(engine, (begin_us, begin_us + 10 * MINUTE_US)) == 2


def test_ends_inside_of_minutes_old_and_new(engine, monkeypatch):
    """Old ones are derived, those of the last minutes slices of one and ten seconds."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)
    begin_us = time.time_ns() // 1_000 // MINUTE_US * MINUTE_US - 20 * MINUTE_US
    second_us = MINUTE_US // 60
    seconds = range(0, 20 * 60, 7)
    stored = 0
    for until in (600, *range(660, 1201, 60), 1230):  # a backlog, then as it comes
        for number in seconds:
            if stored <= number < until:
                put(engine, begin_us + number * second_us + 3, f"{number + 1:016x}")
        stored = until
        clock = (begin_us + until * second_us) / 1e6 + 1
        roller = Roller(engine, lambda clock=clock: clock)
        while roller.step():
            pass
    for start in range(0, 20 * 60, 95):
        for end in range(start + 1, 20 * 60, 130):
            window = begin_us + start * second_us, begin_us + end * second_us
            wanted = sum(start <= number < end for number in seconds)
            assert counted(engine, window) == wanted
    late = begin_us + 1045 * second_us, begin_us + 1195 * second_us
    widths = {span.width_s for span in cover(engine, late).spans}
    assert widths == {rollups.SLICE_S, rollups.SLICES_S, rollups.MINUTE_S}
    assert cover(engine, late).gaps == []


def test_a_later_copy_with_work_that_outlives_the_segment(engine, monkeypatch):
    """The slice of the first copy changes: at once, and when the copy is rolled up."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)
    first_us = time.time_ns() // 1_000 // MINUTE_US * MINUTE_US - MINUTE_US
    window = first_us, first_us + MINUTE_US

    def roll(until_us):
        roller = Roller(engine, lambda: until_us / 1e6)
        while roller.step():
            pass

    def lasted():
        (node,) = [e for e in read_window(engine, window) if e.kind == NODE]
        return read_digests([node.statistics.lasted]).means.tolist()

    put(engine, first_us)
    roll(first_us + 2 * SECOND_US)
    assert lasted() == []
    work = {"id": "b" * 16, "name": "work", "start_time": 1, "end_time": 5}
    put(engine, first_us + 4 * SECOND_US, subsegments=[work])
    assert lasted() == [4000]
    roll(first_us + 8 * SECOND_US)
    assert rollups.read_state(engine).slices_until_us == first_us + 7 * SECOND_US
    assert lasted() == [4000]


def test_what_is_staged_ahead_is_bounded(engine, monkeypatch):
    """Behind a roller that has stopped there may be hours: those come in parts."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)
    first_us = time.time_ns() // 1_000 // MINUTE_US * MINUTE_US - 60 * MINUTE_US
    put(engine, first_us)
    Roller(engine, lambda: first_us / 1e6 + 2).step()
    put(engine, first_us + 30 * MINUTE_US, "b" * 16)
    asked = []

    def stage(session, windows, **more):
        asked.append(sum(until - start for start, until in windows))
        return rollups.stage(session, windows, **more)

    monkeypatch.setattr(covering, "stage", stage)
    assert counted(engine, (first_us, first_us + 60 * MINUTE_US)) == 2
    assert asked[0] == rollups.SHORT_US


def test_many_rows_that_were_held_up_are_looked_at_in_parts(engine, monkeypatch):
    """Where a spool could not be emptied for long, they may be millions."""
    monkeypatch.setattr(rollups, "INSERTION_US", 0)
    for module in (rollups, covering):
        monkeypatch.setattr(module, "ROWS_PER_STAGE", 5)
    first_us = time.time_ns() // 1_000 // MINUTE_US * MINUTE_US - 60 * MINUTE_US
    window = first_us, first_us + 30 * MINUTE_US

    def roll(minutes):
        roller = Roller(engine, lambda: (first_us + minutes * MINUTE_US) / 1e6)
        while roller.step():
            pass

    put(engine, first_us)
    roll(40)
    for number in range(1, 21):
        put(engine, first_us + number * MINUTE_US, f"{number:016x}")
    staged, stage_one = [], calls.stage

    def stage(session, scope, parameters):
        outlived = stage_one(session, scope, parameters)
        staged.append(session.query("SELECT count() FROM staged_rows")[0][0])
        return outlived

    monkeypatch.setattr(calls, "stage", stage)
    assert counted(engine, window) == 21
    roll(41)
    assert cover(engine, window).gaps == []
    assert counted(engine, window) == 21
    assert max(staged) < 15
