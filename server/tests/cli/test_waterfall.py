"""The waterfall as it is drawn."""

import pytest

from fluoro.cli.waterfall import print_waterfall

TRACE = {"Id": "1-6650f0a0-0123456789abcdef01234567", "Duration": 2.0}


@pytest.fixture
def draw(capsys):
    def run(*documents):
        print_waterfall(TRACE, list(documents))
        return capsys.readouterr().out

    return run


def front(*children, **members):
    http = {"request": {"method": "GET", "url": "http://shop/cart"}}
    http["response"] = {"status": 500}
    made = {"id": "f", "name": "shop", "start_time": 10.0, "end_time": 12.0}
    return made | {"http": http, "fault": True, "subsegments": list(children)} | members


def child(name, start, end, **members):
    return {"id": name, "name": name, "start_time": start, "end_time": end} | members


def test_rows_bars_letters_status_and_durations(draw):
    lines = draw(front(child("first", 10.0, 11.0), child("second", 11.0, 12.0)))

    shop, first, second = lines.splitlines()[-3:]
    assert shop.startswith("F shop GET /cart")
    assert shop.endswith("500    2.00 s")
    assert first.startswith("  ├─first ")
    assert second.startswith("  └─second ")
    width = shop.count("━")
    assert (first.count("━"), second.count("━")) == (width // 2, width // 2)
    assert second.index("━") > first.rindex("━")


def test_the_head_counts_and_shows_what_the_trace_is_found_by(draw):
    text = draw(front(user="ann", annotations={"tier": "gold", "beta": True}))

    assert f"Trace {TRACE['Id']}" in text
    assert "2.00 s · 1 service · 1 segment · 0 subsegments" in text
    assert "User: ann" in text
    assert "Annotations: tier=gold, beta=true" in text


def test_exceptions_with_their_nearest_frames(draw):
    stack = [{"path": f"p{i}.py", "line": i, "label": f"f{i}"} for i in range(5)]
    exception = {"id": "e", "type": "KeyError", "message": "'x'", "stack": stack}

    text = draw(front(cause={"exceptions": [exception]}))

    assert "KeyError: 'x'" in text
    assert "at f0 (p0.py:0)" in text
    assert "f3" not in text
    assert "… 2 more frames" in text


def test_what_is_in_progress_has_no_end(draw):
    running = {"id": "r", "name": "slow", "start_time": 11.0, "in_progress": True}

    last = draw(front(), running).splitlines()[-1]

    assert last.startswith("~ slow")
    assert "┄" in last
    assert last.endswith("…")


def test_sql_and_aws_calls_say_what_they_do(draw):
    sql = child("db@host", 10, 11, sql={"sanitized_query": "SELECT ?"})
    aws = child("DynamoDB", 11, 12, namespace="aws", aws={"operation": "GetItem"})

    text = draw(front(sql, aws))

    assert "db@host SELECT ?" in text
    assert "DynamoDB GetItem" in text


def test_escape_codes_of_a_trace_are_not_obeyed(draw):
    text = draw(
        front(
            child("\x1b[2Jboo\n", 10, 11),
            user="\x1b]0;title\x07eve",
            annotations={"\x1b[31mkey": "\x9bvalue"},
            cause={"exceptions": [{"type": "\x1b[5mE", "message": "\x1b[1A"}]},
        )
    )

    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "User: eve" in text


def test_documents_of_odd_shapes(draw):
    odd = front(http=[], cause=[], aws="x", sql=1, annotations=[], links="no")
    odd["subsegments"] = {"not": "a list"}

    assert "F shop" in draw(odd)


def test_a_trace_without_segments(draw):
    assert "only subsegments" in draw()
