"""Counting traces by day: stored ones from what is there, reads as they are told."""

from collections.abc import Mapping

from fluoro.store.engine import Engine
from fluoro.store.rollups import Range, Traces

COLUMNS = ("day", "measure", "traces")


def add_usage(engine: Engine, day: int, traces: Mapping[str, int]) -> None:
    """Add to the measures of a day, given in days since 1970."""
    rows = [(day, measure, number) for measure, number in traces.items() if number]
    engine.insert("usage", COLUMNS, [cell for row in rows for cell in row])


def read_usage(engine: Engine, first: int, last: int) -> dict[int, dict[str, int]]:
    """Return the told measures of each day from `first` to `last`, both included."""
    rows = engine.query(
        """
        SELECT toInt32(day), measure, sum(traces) FROM usage
        WHERE day BETWEEN toDate({first:Int32}) AND toDate({last:Int32})
        GROUP BY day, measure
        """,
        {"first": first, "last": last},
    )
    found: dict[int, dict[str, int]] = {}
    for day, measure, traces in rows:
        found.setdefault(day, {})[measure] = traces
    return found


def traces_recorded(engine: Engine, first: int, last: int) -> dict[int, int]:
    """Return how many traces each day brought documents of, as far as they are kept."""
    rows = engine.query(
        """
        SELECT intDiv(received_us, 86400000000) AS day, uniq(trace_id)
        FROM documents
        WHERE received_us >= {start:Int64} AND received_us < {end:Int64}
        GROUP BY day
        """,
        {"start": first * 86_400_000_000, "end": (last + 1) * 86_400_000_000},
    )
    return dict(rows)


def count_received(engine: Engine, window: Range) -> int:
    """Return about how many indexed traces had a receipt in a window, `[from, until)`.

    The window is in epoch microseconds.
    """
    sql = """
        SELECT uniq(trace_id) FROM entities
        WHERE received_us >= {from_us:Int64} AND received_us < {until_us:Int64}
    """
    return int(engine.query(sql, {"from_us": window[0], "until_us": window[1]})[0][0])


def count_members(engine: Engine, traces: Traces) -> int:
    """Return how many traces a scope has."""
    return int(
        engine.query(f"SELECT count() FROM ({traces.sql})", traces.parameters)[0][0]
    )
