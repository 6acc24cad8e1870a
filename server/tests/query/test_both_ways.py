"""The same traffic by OTLP and by X-Ray's own protocol: the same answers.

Each trace is described once; `as_documents` writes it as X-Ray's SDKs would, `as_spans`
as OpenTelemetry's, with the old or the stable names of attributes.
"""

import json

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from fluoro.filters.compile import compile_filter
from fluoro.filters.parser import parse
from fluoro.ingest.batch import Batch
from fluoro.query.graph import get_service_graph
from fluoro.query.timeseries import get_time_series
from fluoro.store.search import Search, search
from fluoro.store.writer import write
from fluoro.wire.otlp.convert import convert

BASE = 1_790_000_000
RECEIVED_US = (BASE + 30) * 1_000_000

TRACES = {
    # name: how the visit to `back` ended (HTTP status), seconds it took, its order
    "fine": (200, 0.25, 7),
    "slow": (200, 2.5, 8),
    "failing": (500, 0.5, 9),
    "wrong": (404, 0.1, 10),
    "throttled": (429, 0.1, 11),
}

EXPRESSIONS = {
    'service("front")': set(TRACES),
    'service("back") { fault }': {"failing"},
    "fault": {"failing"},
    "error": {"wrong"},
    "throttle": {"throttled"},
    "http.status = 404": {"wrong"},
    'http.method = "GET"': set(TRACES),
    'http.url CONTAINS "/orders/9"': {"failing"},
    'http.useragent BEGINSWITH "curl"': set(TRACES),
    'http.clientip = "10.0.0.1"': set(TRACES),
    'user = "ada"': set(TRACES),
    "annotation.order = 8": {"slow"},
    "annotation.order > 9": {"wrong", "throttled"},
    "annotation.vip = true": {"slow", "wrong"},
    'annotation.note = "of 7"': {"fine"},
    "responsetime > 2": {"slow"},
    "duration >= 0.5": {"slow", "failing"},
    'edge("front", "back")': set(TRACES),
    'edge("front", "back") { fault }': {"failing"},
    'service("orders@db.test")': set(TRACES),
    'service(id(name: "orders", type: "AWS::DynamoDB::Table"))': set(TRACES),
    'service(id(type: "AWS::ECS::Container"))': set(TRACES),
    'service("nowhere")': set(),
}


def ids_of(number):
    """A trace's id and those of its six parts."""
    return f"{BASE:08x}{number:024x}", [
        f"{number:08x}{part:08x}" for part in range(1, 7)
    ]


def as_documents(number, status, seconds, order):
    trace, (front, call, back, dynamo, sql, _) = ids_of(number)
    common = {"trace_id": f"1-{trace[:8]}-{trace[8:]}"}
    start, end = BASE + number, BASE + number + seconds
    times = {"start_time": start, "end_time": end}
    flags = {"error": 400 <= status < 500, "fault": status >= 500}
    flags["throttle"] = status == 429
    http = {"response": {"status": status}}
    request = {"method": "GET", "user_agent": "curl/8", "client_ip": "10.0.0.1"}
    ecs = {"origin": "AWS::ECS::Container"}
    url = f"http://back.test/orders/{order}"
    calls = [
        {
            "id": dynamo,
            "name": "DynamoDB",
            "namespace": "aws",
            "aws": {"operation": "GetItem", "table_name": "orders"},
            "http": {"response": {"status": 200}},
        },
        {
            "id": sql,
            "name": "orders@db.test",
            "namespace": "remote",
            "sql": {"sanitized_query": "SELECT 1", "database_type": "mysql"},
        },
    ]
    child = {
        "id": call,
        "name": "back",
        "namespace": "remote",
        "http": {"request": {"method": "GET", "url": url}, **http},
        **flags,
    }
    return [
        {
            **common,
            **times,
            **flags,
            **ecs,
            "id": front,
            "name": "front",
            "user": "ada",
            "http": {
                "request": {**request, "url": f"http://front.test/orders/{order}"},
                **http,
            },
            "annotations": {
                "order": order,
                "vip": not order % 2,
                "note": f"of {order}",
            },
            "subsegments": [{**child, **times}],
        },
        {
            **common,
            **times,
            **flags,
            **ecs,
            "id": back,
            "name": "back",
            "parent_id": call,
            "http": {"request": {**request, "url": url}, **http},
            "subsegments": [{**c, **times} for c in calls],
        },
    ]


OLD = {
    "method": "http.method",
    "status": "http.status_code",
    "url": "http.url",
    "agent": "http.user_agent",
    "client": "http.client_ip",
    "database": "db.name",
    "query": "db.statement",
    "system": "db.system",
}
STABLE = {
    "method": "http.request.method",
    "status": "http.response.status_code",
    "url": "url.full",
    "agent": "user_agent.original",
    "client": "client.address",
    "database": "db.namespace",
    "query": "db.query.text",
    "system": "db.system.name",
}


def as_spans(number, status, seconds, order, names):
    trace, (front, call, back, dynamo, sql, _) = ids_of(number)
    request = {names["method"]: "GET", names["status"]: status}
    served = {**request, names["agent"]: "curl/8", names["client"]: "10.0.0.1"}
    url = f"http://back.test/orders/{order}"
    visitor = {
        **served,
        names["url"]: f"http://front.test/orders/{order}",
        "enduser.id": "ada",
        "order": order,
        "vip": not order % 2,
        "note": f"of {order}",
    }
    query = {
        names["database"]: "orders",
        names["query"]: "SELECT 1",
        names["system"]: "mysql",
        "db.connection_string": "mysql://db.test:3306",
    }
    table = {
        "rpc.system": "aws-api",
        "rpc.service": "DynamoDB",
        "rpc.method": "GetItem",
        "aws.dynamodb.table_names": ["orders"],
        names["status"]: 200,
    }
    remote = {**request, names["url"]: url, "peer.service": "back"}
    made = ExportTraceServiceRequest()
    for service, spans in {
        "front": [(front, "", 2, visitor), (call, front, 3, remote)],
        "back": [
            (back, call, 2, {**served, names["url"]: url}),
            (dynamo, back, 3, table),
            (sql, back, 3, query),
        ],
    }.items():
        group = made.resource_spans.add()
        put(group.resource, {"service.name": service, "cloud.platform": "aws_ecs"})
        scoped = group.scope_spans.add()
        for span_id, parent, kind, attributes in spans:
            span = scoped.spans.add(
                trace_id=bytes.fromhex(trace),
                span_id=bytes.fromhex(span_id),
                parent_span_id=bytes.fromhex(parent),
                name="GET",
                kind=kind,
                start_time_unix_nano=(BASE + number) * 10**9,
                end_time_unix_nano=round((BASE + number + seconds) * 1000) * 10**6,
            )
            put(span, attributes)
    return made


def put(target, attributes):
    for key, value in attributes.items():
        made = target.attributes.add(key=key).value
        if isinstance(value, list):
            for item in value:
                made.array_value.values.add(string_value=item)
        else:
            kinds = {str: "string_value", bool: "bool_value", int: "int_value"}
            setattr(made, kinds[type(value)], value)


def texts_of(way):
    """The documents that the traces become when they are sent in a way."""
    for number, trace in enumerate(TRACES.values(), 1):
        if way == "x-ray":
            yield from (json.dumps(d).encode() for d in as_documents(number, *trace))
        else:
            names = OLD if way == "old names" else STABLE
            yield from convert(as_spans(number, *trace, names)).documents


def fill(engine, way):
    """Store the traces, sent in a way."""
    batch = Batch("http", RECEIVED_US)
    for text in texts_of(way):
        batch.admit(text)
    write(engine, [batch.documents], [batch.entities])


@pytest.fixture
def other_engine(make_engine):
    """Another database beside the fixture `engine`."""
    return make_engine()


@pytest.mark.parametrize("way", ["x-ray", "old names", "stable names"])
def test_filters_find_the_same(engine, way):
    fill(engine, way)
    for expression, names in EXPRESSIONS.items():
        wanted = Search(
            start_us=BASE * 10**6,
            end_us=(BASE + 60) * 10**6,
            condition=compile_filter(parse(expression)),
        )
        found = {
            list(TRACES)[int.from_bytes(position.trace_id[4:], "big") - 1]
            for position in search(engine, wanted).traces
        }
        assert found == names, expression


def graph_of(engine):
    """The service graph, the edges of each node in one order."""
    answer = get_service_graph(engine, {"StartTime": BASE, "EndTime": BASE + 60})
    for service in answer["Services"]:
        service["Edges"].sort(key=lambda edge: edge["ReferenceId"])
    return answer


@pytest.mark.parametrize("way", ["old names", "stable names"])
def test_the_map_and_its_histograms_are_the_same(engine, other_engine, way):
    fill(engine, "x-ray")
    fill(other_engine, way)
    graph = graph_of(engine)
    assert {s["Name"] for s in graph["Services"]} == {
        "front",
        "back",
        "orders",
        "orders@db.test",
    }
    assert any(s["DurationHistogram"] for s in graph["Services"])
    assert graph_of(other_engine) == graph


@pytest.mark.parametrize("way", ["old names", "stable names"])
def test_series_are_the_same(engine, other_engine, way):
    fill(engine, "x-ray")
    fill(other_engine, way)
    request = {"StartTime": BASE, "EndTime": BASE + 120}
    series = get_time_series(engine, request)
    assert series["TimeSeriesServiceStatistics"]
    assert get_time_series(other_engine, request) == series
