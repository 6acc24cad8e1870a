"""Schemas: a newer one is refused, one that was cut off goes on where it stopped."""

import pytest

from fluoro.store.engine import EngineError
from fluoro.store.migrate import migrate, schema_version
from fluoro.store.rows import ENTITY_COLUMNS
from fluoro.store.schema import MIGRATIONS
from fluoro.store.schema_graph import DIGEST_MIGRATION, GRANULES_MIGRATION


def test_a_migrated_database_is_left_alone(engine):
    assert schema_version(engine) == len(MIGRATIONS)
    assert migrate(engine) == len(MIGRATIONS)


def test_a_newer_schema_is_refused_with_both_versions(engine):
    newer = len(MIGRATIONS) + 1
    engine.insert("schema_versions", ("version",), [newer])
    with pytest.raises(EngineError, match=f"schema {newer}.*knows {len(MIGRATIONS)}"):
        migrate(engine)


def test_a_start_that_was_cut_off_goes_on(engine):
    """The statements had run and the version was not noted: they run again."""
    engine.command("TRUNCATE TABLE schema_versions")
    assert schema_version(engine) == 0
    assert migrate(engine) == len(MIGRATIONS)


@pytest.mark.parametrize("done", range(len(GRANULES_MIGRATION) + 1))
def test_rollups_keep_their_rows_when_their_granules_change(engine, done):
    """What an older store has built is there after, wherever a start was cut off."""
    for statement in DIGEST_MIGRATION:
        engine.command(statement.replace("granularity = 64", "granularity = 32"))
    columns = "width_s, received_us, build, kind, source_name, ok, plain"
    values = ", ".join(f"({w}, {w * 10**6}, 7, 1, 'a', 5, '')" for w in (1, 60, 3600))
    engine.command(f"INSERT INTO graph_rollups ({columns}) VALUES {values}")
    before = engine.query("SELECT * FROM graph_rollups ORDER BY width_s")
    engine.command("DELETE FROM schema_versions WHERE version > 8")
    for statement in GRANULES_MIGRATION[:done]:
        engine.command(statement)
    migrate(engine)
    assert engine.query("SELECT * FROM graph_rollups ORDER BY width_s") == before
    (made,) = engine.query("SHOW CREATE TABLE graph_rollups")[0]
    assert "index_granularity = 64" in made
    assert not engine.query("SHOW TABLES LIKE 'graph_rollups_%'")


def test_the_table_of_entities_has_what_is_written_and_nothing_to_compute(engine):
    """Each column the engine computes costs every statement that names the table."""
    columns = engine.query(
        "SELECT name, default_kind FROM system.columns WHERE"
        " database = currentDatabase() AND table = 'entities'"
    )
    assert {name for name, kind in columns if not kind} == {*ENTITY_COLUMNS}
    assert [column for column in columns if column[1]] == [("inserted_us", "DEFAULT")]
