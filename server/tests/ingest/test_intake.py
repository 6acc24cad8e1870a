"""Every document ends in one counter, and what is acknowledged is kept."""

import json
import threading

import pytest

from fluoro.ingest.batch import Batch, unpack
from fluoro.ingest.intake import Intake
from fluoro.ingest.ledger import Ledger
from fluoro.ingest.mover import Mover
from fluoro.ingest.recent import Recent
from fluoro.ingest.spool import Spool
from fluoro.model import limits
from fluoro.model.errors import ThrottledError
from fluoro.store.engine import Engine, EngineError
from running import eventually, run_coroutine


def document(number, **members):
    return json.dumps(
        {
            "id": f"{number:016x}",
            "name": "n",
            "trace_id": f"1-6ab00000-{number:024x}",
            "start_time": 1,
            "end_time": 2,
            **members,
        }
    )


class Parts:
    """An intake with everything behind it, on a spool file or in memory."""

    def __init__(self, engine, path=None, **options):
        self.engine = engine
        self.ledger = Ledger()
        self.mover = Mover(engine, self.ledger)
        self.spool = Spool(path, self.mover.take)
        self.intake = Intake(self.spool, self.mover, self.ledger, **options)

    def __enter__(self):
        self.mover.start(self.spool)
        return self

    def __exit__(self, *_):
        self.spool.stop()
        self.mover.stop()
        self.spool.close()


def count(engine, table):
    return engine.query(f"SELECT count() FROM {table} FINAL")[0][0]


def test_good_documents_land_and_bad_ones_are_named(engine):
    with Parts(engine) as parts:
        texts = [document(1), "{", document(2), document(3, name="?")]
        refusals = run_coroutine(parts.intake.put(texts))
    assert [r and r.code for r in refusals] == [None, "ParseError", None, "InvalidName"]
    assert count(engine, "entities") == count(engine, "documents") == 2
    tally = parts.ledger.tallies()["http"]
    assert tally == (4, 2, 0, {"InvalidName": 1, "ParseError": 1}, {}, 0)


def test_repeats_count_as_merged_and_change_nothing(engine):
    with Parts(engine) as parts:
        open_ = document(1, end_time=None, in_progress=True)
        for texts in ([open_], [document(1)], [document(1), document(1)]):
            run_coroutine(parts.intake.put(texts))
    assert count(engine, "entities") == 1
    tally = parts.ledger.tallies()["http"]
    assert (tally.received, tally.stored, tally.merged) == (4, 1, 3)


def test_datagrams_are_counted_as_their_transport(engine):
    with Parts(engine) as parts:
        parts.intake.put_datagrams([document(1).encode(), b"nonsense"])
    tally = parts.ledger.tallies()["udp"]
    assert tally == (2, 1, 0, {"ParseError": 1}, {}, 0)


def test_stamps_never_repeat_when_the_clock_stands_still(engine):
    with Parts(engine, clock_us=lambda: 5) as parts:
        for number in range(3):
            run_coroutine(parts.intake.put([document(number), document(number + 10)]))
    stamps = engine.query("SELECT received_us FROM documents ORDER BY received_us")
    assert len(set(stamps)) == 6


def test_what_was_spooled_and_not_moved_is_moved_after_a_restart(engine, tmp_path):
    path = tmp_path / "spool.sqlite"
    done = threading.Event()
    spool = Spool(path, lambda batches: None)
    batch = Batch("http", 1_790_000_000_000_000)
    batch.admit(document(1))
    spool.append(batch, lambda error: done.set())
    assert done.wait(10)
    spool.stop()
    spool.close()
    for _ in range(2):
        with Parts(engine, path) as parts:
            pass
    assert count(engine, "entities") == 1
    assert parts.ledger.tallies() == {}


def test_a_spooled_batch_makes_the_same_rows_again():
    batch = Batch("http", 1_790_000_000_000_000)
    for number in range(3):
        batch.admit(document(number))
    again = unpack(batch.pack())
    assert (again.entities, again.documents) == (batch.entities, batch.documents)


def test_too_much_waiting_is_refused_whole(engine, monkeypatch):
    monkeypatch.setattr("fluoro.ingest.intake.SPOOL_DOCUMENTS_MAX", 1)
    with Parts(engine) as parts, pytest.raises(ThrottledError):
        run_coroutine(parts.intake.put([document(1), document(2)]))
    assert parts.ledger.tallies()["http"].dropped == {"backlog": 2}
    assert limits.SPOOL_DOCUMENTS_MAX > 1


def test_an_answer_can_wait_for_the_store(engine):
    with Parts(engine, wait_for_store=True) as parts:
        run_coroutine(parts.intake.put([document(1)]))
        assert count(engine, "entities") == 1


class FlakyEngine:
    """The real engine behind an insert that fails a few times."""

    def __init__(self, engine, failures):
        self._engine, self.failures = engine, failures
        self.sealing = engine.sealing

    def insert(self, *arguments):
        if self.failures:
            self.failures -= 1
            raise EngineError("no room")
        self._engine.insert(*arguments)


def test_a_failing_store_loses_nothing(engine):
    flaky = FlakyEngine(engine, failures=2)
    with Parts(flaky, wait_for_store=True) as parts:
        run_coroutine(parts.intake.put([document(1)]))
        assert flaky.failures == 0
    assert count(engine, "entities") == 1


def test_a_spool_that_cannot_write_refuses_and_counts(engine, tmp_path):
    with Parts(engine, tmp_path / "spool.sqlite") as parts:
        parts.spool._connection.execute("PRAGMA query_only = on")
        with pytest.raises(ThrottledError):
            run_coroutine(parts.intake.put([document(1)]))
        parts.spool._connection.execute("PRAGMA query_only = off")
    tally = parts.ledger.tallies()["http"]
    assert (tally.received, tally.dropped, tally.in_flight) == (1, {"disk": 1}, 0)


def test_recent_forgets_in_generations():
    recent = Recent()
    keys = [(b"t", number) for number in range(300_000)]
    assert recent.count_known(keys) == 0
    assert recent.count_known(keys[-10:]) == 10
    recent.count_known([(b"u", number) for number in range(300_000)])
    assert recent.count_known(keys[:10]) == 0


def test_an_engine_that_is_not_there_says_so():
    with pytest.raises(EngineError, match="cannot open"):
        Engine("clickhouse://127.0.0.1:1/default")


def test_the_first_receipt_that_waits_is_known(engine, monkeypatch):
    """What the graph's roller waits for: before a start is done it could be any."""
    writing, going_on = threading.Event(), threading.Event()

    def held(*_):
        writing.set()
        assert going_on.wait(20)

    monkeypatch.setattr("fluoro.ingest.mover.write", held)
    parts = Parts(engine)
    assert parts.mover.waiting_since_us == 0
    with parts:
        eventually(lambda: parts.mover.waiting_since_us is None)
        parts.mover.take([(0, Batch("http", 5)), (0, Batch("http", 9))])
        assert writing.wait(20)
        parts.mover.take([(0, Batch("http", 7))])
        assert parts.mover.waiting_since_us == 5
        going_on.set()
        eventually(lambda: parts.mover.waiting_since_us is None)
