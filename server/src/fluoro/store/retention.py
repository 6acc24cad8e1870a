"""How long traces are kept: the engine's TTL, a whole day's part at a time."""

from fluoro.store.engine import Engine

TABLES = (
    "entities",
    "documents",
    "causes",
    "graph_rollups",
    "graph_spans",
    "graph_links",
)


def set_retention(engine: Engine, days: int) -> None:
    """Keep rows for `days` after their receipt; unchanged tables are left alone."""
    for table in TABLES:
        ttl = f"toDateTime(intDiv(received_us, 1000000)) + toIntervalDay({days})"
        created = engine.query(
            "SELECT create_table_query FROM system.tables"
            " WHERE database = {database:String} AND name = {table:String}",
            {"database": engine.database, "table": table},
        )[0][0]
        if ttl in created:
            continue
        engine.command(f"ALTER TABLE {table} MODIFY SETTING ttl_only_drop_parts = 1")
        engine.command(f"ALTER TABLE {table} MODIFY TTL {ttl}")
