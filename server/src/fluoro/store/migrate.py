"""Bringing a database to this Fluoro's schema.

The table `schema_versions` holds the versions applied. A database of a newer version
is refused; an older one is brought forward, a migration at a time, so that an
interrupted start goes on where it stopped.
"""

from fluoro.store.engine import Engine, EngineError
from fluoro.store.schema import MIGRATIONS

_VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_versions (version UInt32)
ENGINE = ReplacingMergeTree ORDER BY version
"""


def schema_version(engine: Engine) -> int:
    """Return the newest version applied, 0 for an empty database."""
    engine.command(_VERSIONS)
    return int(engine.query("SELECT max(version) FROM schema_versions")[0][0])


def migrate(engine: Engine) -> int:
    """Apply what is missing and return the version; raise EngineError if newer."""
    version = schema_version(engine)
    newest = len(MIGRATIONS)
    if version > newest:
        raise EngineError(
            f"the data was written by a newer Fluoro (schema {version}, this one"
            f" knows {newest}): start that version, or another data folder"
        )
    for number in range(version + 1, newest + 1):
        for statement in MIGRATIONS[number - 1]:
            engine.command(_repeatable(statement))
        engine.insert("schema_versions", ("version",), [number])
    return newest


def _repeatable(statement: str) -> str:
    """Let a migration that was cut off run again."""
    return statement.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1)
