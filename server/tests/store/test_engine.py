"""The engine works as it is set up to."""

from concurrent.futures import ThreadPoolExecutor

from fluoro.store.engine import Engine


def test_a_statement_is_worked_on_by_two_threads(engine):
    sql = "SELECT count() FROM numbers_mt(10000000) WHERE sipHash64(number) % 7 = 3"
    plan = [step for (step,) in engine.query(f"EXPLAIN PIPELINE {sql}")]
    assert [step for step in plan if "FilterTransform" in step and step.endswith(" 2")]


def test_those_who_hold_two_clients_never_wait_for_each_other(engine):
    """Each holds a session and asks for another: at last all have had both."""
    narrow = Engine(engine.dsn, engine.database, clients=3)

    def hold(number):
        with narrow.sessions(2) as (one, other):
            one.keep("kept", "n UInt8", f"SELECT {number} AS n")
            return one.query("SELECT n FROM kept") + other.query(f"SELECT {number}")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(hold, range(40))) == [[(n,), (n,)] for n in range(40)]
    narrow.close()
