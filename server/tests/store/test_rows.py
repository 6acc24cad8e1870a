"""Documents become rows that the engine takes and gives back."""

import json

import pytest

from fluoro.model.decode import decode_document
from fluoro.store.rows import ENTITY_COLUMNS, flatten

TRACE = "1-6ab00000-" + "b" * 24


def rows_of(document, received_us=1_790_000_000_000_000):
    return flatten(decode_document(json.dumps(document).encode())[0], received_us)


def plain(row):
    """A row as it was sent: the engine's client gives named tuples as dicts."""
    return tuple(
        [tuple(item.values()) for item in cell] if isinstance(cell, list) else cell
        for cell in row
    )


def test_every_column_survives_the_engine(engine):
    document = {
        "id": "a" * 16,
        "name": "shop",
        "trace_id": TRACE,
        "start_time": 1.5,
        "end_time": 2.5,
        "annotations": {"k": True, "s": 'a"b', "n": 1.5},
        "cause": {"exceptions": [{"id": "c" * 16, "type": "T", "message": "M"}]},
        "links": [{"trace_id": "1-6ab00000-" + "d" * 24, "id": "e" * 16}],
        "subsegments": [
            {
                "id": "b" * 16,
                "name": "DynamoDB",
                "namespace": "aws",
                "start_time": 1.5,
                "in_progress": True,
                "aws": {"operation": "GetItem", "table_name": "carts"},
            }
        ],
    }
    rows = rows_of(document)
    engine.insert("entities", ENTITY_COLUMNS, [cell for row in rows for cell in row])

    columns = ", ".join(ENTITY_COLUMNS)
    stored = engine.query(f"SELECT {columns} FROM entities FINAL ORDER BY id")
    assert [plain(row) for row in stored] == sorted(rows, key=lambda row: row[1])
    assert engine.query(
        "SELECT exceptions.name FROM entities WHERE bitAnd(flags, 2) != 0"
    ) == [(["T"],)]


@pytest.mark.parametrize("together", [True, False])
def test_the_first_completed_version_wins(engine, together):
    def version(received, **members):
        document = {"id": "a" * 16, "name": "n", "trace_id": TRACE, "start_time": 1}
        return rows_of({**document, **members}, received)[0]

    rows = [
        version(3, end_time=3, user="second"),
        version(2, end_time=2, user="first"),
        version(9, in_progress=True, user="late"),
        version(1, in_progress=True, user="early"),
    ]
    for part in [rows] if together else [[row] for row in rows]:
        engine.insert(
            "entities", ENTITY_COLUMNS, [cell for row in part for cell in row]
        )
    assert engine.query("SELECT user FROM entities FINAL") == [("first",)]


@pytest.mark.parametrize("number", [2**63, -(2**64), 10**30, 10**400])
def test_an_annotation_takes_any_integer(number):
    document = {"id": "a" * 16, "name": "n", "trace_id": TRACE, "start_time": 1}
    (row,) = rows_of({**document, "end_time": 2, "annotations": {"n": number}})
    assert row[ENTITY_COLUMNS.index("annotations")] == {"n": str(number)}
