"""GetTimeSeriesServiceStatistics: selectors, groups and filter expressions."""

import secrets
import time

import pytest

from running import eventually


def put(server, name, **members):
    """Put a segment and wait until the graph has its service."""
    now = time.time()
    document = {"id": secrets.token_hex(8), "name": name, "start_time": now}
    document["trace_id"] = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    assert server.put([{**document, "end_time": now + 0.5, **members}]) == []
    eventually(lambda: calls(server, f'service("{name}")') > 0)


def series(server, selector, **members):
    now = time.time()
    request = {"StartTime": now - 300, "EndTime": now + 120, **members}
    return server.post(
        "/TimeSeriesServiceStatistics",
        {**request, "EntitySelectorExpression": selector},
    )


def calls(server, selector, **members):
    """How many requests the rows of the last minutes count."""
    status, _, body = series(server, selector, **members)
    assert status == 200, body
    counted = [
        row["EdgeSummaryStatistics"] or row["ServiceSummaryStatistics"]
        for row in body["TimeSeriesServiceStatistics"]
    ]
    return sum(one["TotalCount"] for one in counted if one)


def test_any_filter_expression_selects_the_traffic_of_its_traces(server):
    name = f"selected-{secrets.token_hex(4)}"
    put(server, name)
    put(server, name, fault=True)
    eventually(lambda: calls(server, f'service("{name}")') == 2)
    assert calls(server, f'service("{name}") {{ fault }}') == 1
    assert calls(server, f'fault AND service("{name}")') == 1
    assert calls(server, f'ok AND service("{name}")') == 1
    group = {"GroupName": name}
    server.post("/CreateGroup", {**group, "FilterExpression": f'service("{name}")'})
    assert calls(server, "fault", **group) == 1
    server.post("/DeleteGroup", group)


@pytest.mark.parametrize(
    ("selector", "position", "symbol"),
    [('id("x")', 1, "'id'"), ("fault AND", 10, ""), ('service("x") {', 15, "")],
)
def test_a_mistake_is_placed(server, selector, position, symbol):
    status, _, body = series(server, selector)
    assert status == 400
    assert f"position {position} :" in body["Message"]
    assert symbol in body["Message"]


def test_strict_selectors_are_xrays_two(start_server):
    server = start_server("--strict-selectors")
    status, _, body = series(server, 'service("x") { fault }')
    assert status == 400
    assert "position 14 : Invalid input symbol: '{'" in body["Message"]
    assert series(server, 'service("x")')[0] == 200
