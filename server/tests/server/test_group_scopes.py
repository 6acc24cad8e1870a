"""Groups and selectors as scopes of the graph, of series and of metrics."""

import secrets
import time

import pytest

from running import eventually

CAUSES = {
    "service": 'rootcause.fault.service {{ name = "{name}" }}',
    "json": 'rootcause.json = #[{{"Services":[{{"Name":"{name}"}}]}}]',
}


@pytest.fixture
def failing(server):
    """Put a service that failed once and was well once; return its name."""
    name = f"failing-{secrets.token_hex(4)}"
    cause = {"exceptions": [{"id": secrets.token_hex(8), "type": "E"}]}
    for members in ({}, {"fault": True, "cause": cause}):
        put(server, name, **members)
    eventually(lambda: graph(server).get(name) == 2)
    return name


def put(server, name, **members):
    now = time.time()
    document = {"id": secrets.token_hex(8), "name": name, "start_time": now}
    document["trace_id"] = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    assert server.put([{**document, "end_time": now + 0.5, **members}]) == []


def graph(server, **members):
    """How many requests each service of the last minutes has."""
    now = time.time()
    window = {"StartTime": now - 300, "EndTime": now + 60}
    status, _, body = server.post("/ServiceGraph", {**window, **members})
    assert status == 200, body
    found = {s["Name"]: s["SummaryStatistics"] for s in reversed(body["Services"])}
    return {name: counted["TotalCount"] for name, counted in found.items()}


def series(server, selector=None, **members):
    """The counts of the last minutes' rows that have any."""
    now = time.time()
    window = {"StartTime": now - 300, "EndTime": now + 120}
    request = {**window, "EntitySelectorExpression": selector, **members}
    status, _, body = server.post("/TimeSeriesServiceStatistics", request)
    assert status == 200, body
    counted = [
        row["EdgeSummaryStatistics"] or row["ServiceSummaryStatistics"]
        for row in body["TimeSeriesServiceStatistics"]
    ]
    return sum(one["TotalCount"] for one in counted if one)


@pytest.fixture
def group(server):
    """Make groups that end with the test: `group(expression)` returns a name."""
    made = []

    def make(expression):
        made.append(f"g-{secrets.token_hex(4)}")
        request = {"GroupName": made[-1], "FilterExpression": expression}
        status, _, body = server.post("/CreateGroup", request)
        assert status == 200, body
        return made[-1]

    yield make
    for name in made:
        server.post("/DeleteGroup", {"GroupName": name})


@pytest.mark.parametrize("kind", CAUSES)
def test_a_group_by_root_causes(server, failing, group, kind):
    """Graph, series, selectors and metrics show its members, by another group too."""
    expression = CAUSES[kind].format(name=failing)
    causes = group(expression)
    through = group(f'group.name = "{causes}"')
    for name in (causes, through):
        assert graph(server, GroupName=name) == {failing: 1}
        assert series(server, GroupName=name) == 1
        assert series(server, f'service("{failing}")', GroupName=name) == 1
    assert series(server, expression) == 1
    assert 'fluoro_group_traces{group="Default"}' in server.metrics()


def test_an_account_in_a_selector(server):
    """It selects the entities that a summary's filter does."""
    name, account = f"own-{secrets.token_hex(4)}", "123456789012"
    put(server, name, aws={"account_id": account})
    put(server, f"{name}-other")
    eventually(lambda: graph(server).get(f"{name}-other") == 1)
    for who, counted in ((name, 1), (f"{name}-other", 0)):
        ident = f'id(name: "{who}", account.id: "{account}")'
        assert series(server, f'service("{who}")') == 1
        assert series(server, f"service({ident})") == counted
        assert series(server, f'edge(id(type: "client"), {ident})') == counted


def test_a_row_of_a_series_has_the_members_of_its_minute(server, group):
    """A row is labelled by its minute's end, when all of it has been received."""
    name = f"minute-{secrets.token_hex(4)}"
    began = time.time()
    put(server, name)
    eventually(lambda: graph(server).get(name) == 1)
    label, last = (at // 60 * 60 + 60 for at in (began, time.time()))
    window = {"StartTime": label, "EndTime": last + 60}
    own = f'service("{name}")'
    assert series(server, own, **window) == 1
    assert series(server, GroupName=group(own), **window) == 1
    assert series(server, f"{own} AND ok", **window) == 1
