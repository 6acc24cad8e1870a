"""Documents are found by trace, in the order they were received."""

from fluoro.store.documents import read_documents

COLUMNS = ("trace_id", "received_us", "document")


def test_documents_of_each_trace_in_order(engine):
    first, second, other = (bytes([n]) * 16 for n in (1, 2, 0xFF))
    rows = [(first, 5, b"b"), (second, 6, b"c"), (first, 3, b"a"), (first, 5, b"b")]
    engine.insert("documents", COLUMNS, [cell for row in rows for cell in row])
    engine.insert("documents", COLUMNS, list(rows[0]))  # a replay, not merged yet
    assert read_documents(engine, [first, second, other]) == {
        first: [(3, b"a"), (5, b"b")],
        second: [(6, b"c")],
    }
    assert read_documents(engine, []) == {}


def test_broken_text_is_made_valid(engine):
    trace_id = b"\x00'\\\xff" * 4
    engine.insert("documents", COLUMNS, [trace_id, 1, b'{"x":"\xff\xc3\xa4"}'])
    assert read_documents(engine, [trace_id]) == {
        trace_id: [(1, '{"x":"\ufffd\u00e4"}'.encode())]
    }
