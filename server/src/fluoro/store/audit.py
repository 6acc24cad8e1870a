"""The log of changes: rows that are only ever added."""

from dataclasses import astuple, dataclass, fields

from fluoro.store.engine import Engine


@dataclass(frozen=True, slots=True)
class Change:
    """One attempt to change something: `error_code` is empty if it succeeded.

    `request` is JSON text.
    """

    time_us: int
    id: str
    principal: str
    source_ip: str
    operation: str
    resource: str
    request: str
    error_code: str
    error_message: str


COLUMNS = tuple(field.name for field in fields(Change))


def write_change(engine: Engine, change: Change) -> None:
    """Add a row; on disk when it returns."""
    engine.insert("audit", COLUMNS, list(astuple(change)))


def read_changes(
    engine: Engine, start_us: int, end_us: int, operation: str, limit: int
) -> list[Change]:
    """Return changes from start to before end, newest first; "" means any operation."""
    rows = engine.query(
        f"""
        SELECT {", ".join(COLUMNS)} FROM audit
        WHERE time_us >= {{start:Int64}} AND time_us < {{end:Int64}}
          AND ({{operation:String}} = '' OR operation = {{operation:String}})
        ORDER BY time_us DESC, id LIMIT {{limit:UInt32}}
        """,
        {"start": start_us, "end": end_us, "operation": operation, "limit": limit},
    )
    return [Change(*row) for row in rows]
