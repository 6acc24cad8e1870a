"""Writing: of the traces that are not indexed only the documents are kept."""

import json
import secrets

from fluoro.model.decode import decode_document
from fluoro.model.sampling import is_indexed
from fluoro.store.documents import read_documents
from fluoro.store.rows import flatten
from fluoro.store.writer import write

STAMP = 1_790_000_000_000_000


def batch(count):
    """Return the flat documents and entities of so many traces of three parts each."""
    documents, entities, ids = [], [], []
    for number in range(count):
        text = json.dumps(
            {
                "id": secrets.token_hex(8),
                "name": "n",
                "trace_id": f"1-6ab00000-{secrets.token_hex(12)}",
                "start_time": 1.0,
                "end_time": 2.0,
                "subsegments": [
                    {"id": secrets.token_hex(8), "name": "s", "start_time": 1.0}
                    | {"end_time": 2.0}
                    for _ in range(2)
                ],
            }
        )
        rows = flatten(decode_document(text)[0], STAMP + number)
        ids.append(rows[0][0])
        documents += (rows[0][0], STAMP + number, text)
        entities += [cell for row in rows for cell in row]
    return documents, entities, ids


def test_a_part_of_the_traces_is_indexed_whole(engine):
    documents, entities, ids = batch(200)
    write(engine, [documents], [entities], 25.0)
    expected = {trace_id for trace_id in ids if is_indexed(trace_id, 25.0)}
    rows = engine.query("SELECT trace_id, count() FROM entities GROUP BY trace_id")
    assert {row[0] for row in rows} == expected
    assert {row[1] for row in rows} == {3}
    assert 20 < len(expected) < 80
    assert len(read_documents(engine, ids)) == 200


def test_the_ends_of_the_range(engine):
    documents, entities, ids = batch(20)
    write(engine, [documents], [entities], 0.0)
    assert engine.query("SELECT count() FROM entities") == [(0,)]
    write(engine, [documents], [entities])
    assert engine.query("SELECT uniqExact(trace_id) FROM entities") == [(20,)]
    assert len(read_documents(engine, ids)) == 20
