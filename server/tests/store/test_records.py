"""Records: reads follow writes, and of conflicting writes exactly one wins."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fluoro.store.records import ConflictError, Records


@pytest.fixture
def records(engine):
    return Records(engine)


def test_a_record_is_read_back_with_its_revision(records):
    assert records.get("group", "a") is None
    first = records.put("group", "a", {"n": 1})
    second = records.put("group", "a", {"n": 2})
    assert (first.revision, second.revision) == (1, 2)
    assert records.get("group", "a") == second
    assert records.list("group") == [second]
    assert records.list("rule") == []


def test_lists_are_sorted_by_key_and_leave_out_the_deleted(records):
    for key in ("b", "a", "B"):
        records.put("group", key, {"key": key})
    deleted = records.delete("group", "b")
    assert deleted
    assert deleted.value == {"key": "b"}
    assert [record.key for record in records.list("group")] == ["B", "a"]
    assert records.delete("group", "b") is None


def test_an_expected_revision_guards_the_write(records):
    first = records.put("policy", "p", {"n": 1}, expected=0)
    with pytest.raises(ConflictError):
        records.put("policy", "p", {"n": 2}, expected=0)
    with pytest.raises(ConflictError):
        records.delete("policy", "p", expected=first.revision + 1)
    assert records.get("policy", "p") == first
    records.delete("policy", "p", expected=first.revision)
    assert records.put("policy", "p", {"n": 3}, expected=0).value == {"n": 3}


def test_recent_has_what_this_process_wrote(records):
    assert records.recent("key") == {}
    written = records.put("key", "k", {"n": 1})
    assert records.recent("key") == {"k": written}
    records.delete("key", "k")
    assert records.recent("key") == {}


def test_a_refusal_inside_a_change_writes_nothing(records):
    def refuse(record):
        raise LookupError

    with pytest.raises(LookupError):
        records.change("group", "a", refuse)
    assert records.get("group", "a") is None


def test_of_many_creating_at_once_one_wins(engine):
    servers = [Records(engine) for _ in range(4)]

    def create(number):
        try:
            servers[number % 4].put("group", "same", {"by": number}, expected=0)
        except ConflictError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [n for n in pool.map(create, range(24)) if n is not None]
    assert len(winners) == 1
    record = servers[0].get("group", "same")
    assert record
    assert (record.value, record.revision) == ({"by": winners[0]}, 1)


def test_no_increment_of_many_at_once_is_lost(engine):
    servers = [Records(engine) for _ in range(3)]

    def increment(number):
        servers[number % 3].change(
            "counter", "n", lambda record: {"n": record.value["n"] + 1 if record else 1}
        )

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(increment, range(30)))
    record = servers[0].get("counter", "n")
    assert record
    assert (record.value, record.revision) == ({"n": 30}, 30)
