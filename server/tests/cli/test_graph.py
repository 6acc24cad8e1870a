"""`fluoro graph` against a real server, and its forms."""

import json
import secrets
import time

import pytest

from fluoro.cli.graph import dot, mermaid, percentile, rate
from running import eventually


@pytest.fixture
def shop(server):
    """Put a shop that calls a table; return the shop's name once the graph has it."""
    now = time.time()
    name = f"shop-{secrets.token_hex(4)}"
    call = {"id": secrets.token_hex(8), "name": f"{name}@db", "namespace": "remote"}
    call |= {"start_time": now, "end_time": now + 0.25, "fault": True}
    document = {"id": secrets.token_hex(8), "name": name, "subsegments": [call]}
    document["trace_id"] = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    assert server.put([document | {"start_time": now, "end_time": now + 0.5}]) == []
    window = {"StartTime": now - 5, "EndTime": now + 60}
    eventually(
        lambda: any(
            service["Name"] == name
            for service in server.post("/ServiceGraph", window)[2]["Services"]
        )
    )
    return name


def test_services_with_their_calls(fluoro, server, shop):
    result = fluoro("graph", "--last", "1m", "--server", server.url)
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    own = next(line for line in lines if line[0] == shop)
    assert own[1] == "1"
    assert own[3:] == ["500", "ms"] * 3
    called = lines[lines.index(own) + 1]
    assert called[:4] == ["→", f"{shop}@db", "remote", "1"]
    assert called[-1] == "100.0%"


def test_json_is_the_answer(fluoro, server, shop):
    result = fluoro("graph", "-o", "json", "--server", server.url)
    names = [service["Name"] for service in json.loads(result.stdout)["Services"]]
    assert names.count(shop) == 2


def test_nothing_received(fluoro, server):
    window = ("--start", "1000", "--end", "2000")
    result = fluoro("graph", *window, "--server", server.url)
    assert result.exit_code == 0
    assert "Nothing was received" in result.stderr


SERVICES = [
    {
        "ReferenceId": 0,
        "Name": 'a"<b>\x1b[31m',
        "Type": None,
        "Edges": [
            {
                "ReferenceId": 1,
                "EdgeType": "link",
                "SummaryStatistics": {"TotalCount": 1200},
            }
        ],
    },
    {"ReferenceId": 1, "Name": "c", "Type": "remote", "Edges": []},
]


def test_graphviz():
    assert dot(SERVICES).splitlines()[3:] == [
        '  n0 [label="a\\"<b>"];',
        '  n0 -> n1 [label="1,200", style=dashed];',
        '  n1 [label="c\\nremote"];',
        "}",
    ]


def test_mermaid():
    assert mermaid(SERVICES).splitlines() == [
        "flowchart LR",
        '  n0["a&quot;&lt;b>"]',
        "  n0 -.->|1,200| n1",
        '  n1["c<br>remote"]',
    ]


@pytest.mark.parametrize(
    ("part", "value"), [(0.5, 1.0), (0.9, 2.0), (0.99, 3.0), (1.0, 3.0)]
)
def test_percentiles(part, value):
    counts = {3.0: 2, 1.0: 50, 2.0: 48}
    bins = [{"Value": value, "Count": count} for value, count in counts.items()]
    assert percentile(bins, part) == value
    assert percentile([], part) is None


@pytest.mark.parametrize(
    ("per_minute", "text"),
    [
        (0, "0"),
        (0.000_1, "<0.01"),
        (0.0123, "0.0123"),
        (1.5, "1.5"),
        (99.96, "100"),
        (999.6, "1,000"),
        (1234.56, "1,235"),
        (12_345_678, "12,345,678"),
    ],
)
def test_rates(per_minute, text):
    assert rate(per_minute) == text
