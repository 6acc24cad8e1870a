"""The engine works as it is set up to."""


def test_a_statement_is_worked_on_by_two_threads(engine):
    sql = "SELECT count() FROM numbers_mt(10000000) WHERE sipHash64(number) % 7 = 3"
    plan = [step for (step,) in engine.query(f"EXPLAIN PIPELINE {sql}")]
    assert [step for step in plan if "FilterTransform" in step and step.endswith(" 2")]
