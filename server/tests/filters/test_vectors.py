"""Every expression of AWS's documentation, and every keyword in each of its scopes.

Each is asked of the same stored traces and of the oracle.
"""

import itertools
import json

import pytest

from filters import oracle
from fluoro.filters.compile import compile_filter
from fluoro.filters.groups import expand_groups
from fluoro.filters.keywords import (
    ANNOTATIONS,
    KEYWORDS,
    OPERATORS,
    Scope,
    Type,
)
from fluoro.filters.parser import parse
from fluoro.model.ids import parse_trace_id
from fluoro.query.summaries import causes_of
from fluoro.store.candidates import parts

DOCUMENTED = """
responsetime > 5
duration >= 5 AND duration <= 8
ok !partial duration <3
ok = false
http.status != 200
http.url CONTAINS "/api/game/"
user CONTAINS ""
http.url AND responseTime > 2
service("api.example.com") { fault }
service() { fault }
edge("api.example.com", "backend.example.com") { error }
http.url BEGINSWITH "http://a/" AND http.url CONTAINS "/v2/" AND !service("api.example.com")
service("data-plane") {root = true and fault = true}
annotation.gameid = "817DL6VO"
annotation.age > 29
!annotation.age
annotation[aws.local.operation]="GET /owners/*/lastname"
(service(id(name: "frontend"  ))) AND (Annotation[aws.local.environment] = "k8s:default")
service(id(account.id:"X")) OR service(id(account.id:"Y"))
service("api"){fault = true} AND annotation[aws.local.operation]="POST /visits"
service("api.amazon.com") { fault = true OR responsetime > 2.5 } AND annotation.foo = "bar"
rootcause.fault.entity { last and name = "deserialize" }
rootcause.responsetime.entity { remote and coverage > 0.7 and name = "traces" }
rootcause.fault.service { inferred and name = "traces" and type = "AWS::DynamoDB" }
group.name = "high_response_time" AND user = "alice"
groupname = "Default"
rootcause.json = #[{"Services":[{"Name":"data-plane","EntityPath":[{"Name":"traces"}]}]}]
""".strip().splitlines()  # noqa: E501 - as they stand in the documentation

TOGETHER = """
inferred service() { inferred }
partial and service() { root != false inferred != true partial = false }
!inferred or edge() { inferred and partial }
rootcause.fault.service { name = "data-plane" } and service("data-plane") { fault }
rootcause.fault.entity { last } edge() { fault } service("traces") duration > 1
!rootcause.fault.exception { last } edge("api", "traces") or service() { error }
""".strip().splitlines()
"""What of a trace and of its parts goes by one name, and root causes among others."""

GROUPS = {"high_response_time": "responsetime > 5", "Default": None}

VALUES = {
    Type.BOOLEAN: ("true",),
    Type.NUMBER: ("2",),
    Type.STRING: ('"a"',),
    Type.ANY: ('"bar"', "30"),
}
FORMS = {
    Scope.TRACE: ("{}",),
    Scope.SERVICE: ("service() {{ {} }}", 'service("data-plane") {{ {} }}'),
    Scope.EDGE: (
        "edge() {{ {} }}",
        'edge("data-plane", id(type:"AWS::DynamoDB")) {{ {} }}',
    ),
    Scope.CAUSE_SERVICE: ("rootcause.fault.service {{ {} }}",),
    Scope.CAUSE_ENTITY: ("rootcause.responsetime.entity {{ {} }}",),
    Scope.CAUSE_EXCEPTION: ("rootcause.fault.exception {{ {} }}",),
}


def terms(keyword):
    """The keyword alone, and with each of its operators."""
    name = f"{keyword.name}[age]" if keyword.name in ANNOTATIONS else keyword.name
    yield name
    for operator in OPERATORS[keyword.type]:
        for value in VALUES[keyword.type]:
            kind = keyword.type
            if kind is Type.ANY:
                textual = operator in OPERATORS[Type.STRING][2:]
                ordering = operator in OPERATORS[Type.NUMBER][2:]
                kind = Type.STRING if value[0] == '"' else Type.NUMBER
                if (textual and value[0] != '"') or (ordering and value != "30"):
                    continue
            yield f"{name} {operator} {value}"


COVERING = sorted(
    {
        form.format(term)
        for keyword in KEYWORDS.values()
        for scope in keyword.scopes
        for form in FORMS[scope]
        for term in terms(keyword)
    }
)

BASE = 1_790_000_000
WINDOW = (BASE * 1_000_000, (BASE + 1) * 1_000_000)
WIDE = (WINDOW[0] - 3_600_000_000, WINDOW[1])
"""Where a search begins by weighing what a filter needs, of traces in its last second.
"""


def documents():
    """Traces of a small system: fine, failing, slow, throttled, unfinished."""
    for number, (spent, status, fault) in enumerate(
        itertools.product((0.5, 2.0, 6.5), (200, 404, 429, 500), (False, True))
    ):
        trace_id = f"1-{BASE:08x}-{number:024x}"
        yield trace_id, list(trace_documents(number, spent, status, fault))


def trace_documents(number, spent, status, fault):
    start = BASE + number / 100
    exception = {"exceptions": [{"id": "e" * 16, "type": "E", "message": "alice a"}]}
    call = {
        "id": "b" * 16,
        "name": "traces",
        "start_time": start + 0.01,
        "end_time": start + spent * 0.8,
        "namespace": "aws",
        "fault": fault,
        "aws": {"account_id": "X"} if number % 3 else {},
        "annotations": {"age": number + 20},
    }
    if fault:
        call["cause"] = exception
    inner = {
        "id": "c" * 16,
        "name": "deserialize",
        "start_time": start + 0.01,
        "end_time": start + spent * 0.9,
        "fault": fault and number % 2 == 0,
        "cause": exception,
    }
    url = ("http://a/v2/x", "http://www.example.com/api/game/1", "a")[number % 3]
    root = {
        "id": "a" * 16,
        "name": ("data-plane", "api.example.com", "api")[number % 3],
        "origin": "AWS::EC2::Instance",
        "start_time": start,
        "fault": fault,
        "user": ("alice", "a")[number % 2],
        "resource_arn": "alice",
        "http": {
            "request": {"url": url, "method": "GET", "client_ip": "alice"},
            "response": {"status": status},
        },
        "aws": {"ec2": {"instance_id": "a", "availability_zone": "alice"}},
        "annotations": {
            "age": ("bar", True, 30)[number % 3],
            "gameid": "817DL6VO",
            "foo": "bar",
            "aws.local.operation": "POST /visits",
        },
        "subsegments": [call, inner],
    }
    if number % 5 == 4:
        root["in_progress"] = True
    else:
        root["end_time"] = start + spent
    yield (WINDOW[0] + number * 10, root)
    if number % 4 == 0:
        yield (
            WINDOW[0] + number * 10 + 1,
            {
                "id": "d" * 16,
                "name": "backend.example.com",
                "parent_id": "c" * 16,
                "start_time": start + 0.1,
                "end_time": start + spent,
                "error": True,
            },
        )


def test_the_list_covers_the_language():
    assert len(COVERING) >= 150


@pytest.mark.parametrize("part", range(4))
def test_search_selects_what_the_oracle_selects(put, find, part):
    stored = dict(documents())
    known = {i: oracle.Trace(d) for i, d in stored.items()}
    put(stored)
    selected = 0
    texts = (DOCUMENTED + TOGETHER + COVERING)[part::4]
    for text in texts:
        expression = expand_groups(parse(text), GROUPS)
        expected = {i for i, t in known.items() if oracle.selects(expression, t)}
        assert find(expression, WINDOW) == expected, text
        if parts(compile_filter(expression).need):
            assert find(expression, WIDE) == expected, text
        selected += bool(expected)
    assert selected > len(texts) / 3


@pytest.mark.parametrize(
    "denied", ["!root", "NOT root", "root = false", "root != true"]
)
def test_a_client_is_never_the_entry_point(put, find, denied):
    """It counts among the services of its name, however the question is put."""
    segment = {"id": "a" * 16, "name": "front", "start_time": BASE, "end_time": BASE}
    called = {**segment, "id": "b" * 16, "parent_id": "a" * 16}
    first, second = (f"1-{BASE:08x}-{number:024x}" for number in range(2))
    put(
        {first: [(1, segment)], second: [(1, {**segment, "name": "gate"}), (2, called)]}
    )

    def found(service, body):
        return find(f"service({service}) {{ {body} }}", WINDOW)

    assert found('"front"', "root") == {first}
    assert found('"front"', denied) == {first, second}
    assert found('"gate"', denied) == {second}
    assert found('"front"', f'{denied} AND !(type = "client")') == {second}
    client = 'id(name: "front", type: "client")'
    assert found(client, denied) == {first}
    assert found(client, "root") == found(client, f"!({denied})") == set()


def test_a_root_cause_of_xray_finds_its_like(engine, put, find):
    """X-Ray writes null for the type of a service without an origin."""
    failed = {"id": "a" * 16, "name": "front", "start_time": BASE, "end_time": BASE}
    failed["cause"] = {"exceptions": [{"id": "e" * 16, "type": "E"}]}
    failed["fault"] = True
    first, second = (f"1-{BASE:08x}-{number:024x}" for number in range(2))
    put({first: [(1, failed)], second: [(1, {**failed, "origin": "AWS::ECS"})]})
    raw = parse_trace_id(first)
    (cause,) = causes_of(engine, [raw])[raw]["fault"]
    for kind, expected in ((None, first), ("", first), ("AWS::ECS", second)):
        service = {**cause["Services"][0], "Type": kind}
        pattern = json.dumps([{**cause, "Services": [service]}])
        assert find(f"rootcause.json = #{pattern}", WINDOW) == {expected}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ('group.name = "slow"', "responsetime > 5"),
        ('group.name != "slow"', "!responsetime > 5"),
        ('group.arn = "arn:slow"', "responsetime > 5"),
        ('group.name = "both" and ok', '(responsetime > 5 and user = "a") and ok'),
        ('group.name = "Default"', ""),
    ],
)
def test_groups_stand_for_their_expressions(text, same):
    groups = {
        "slow": "responsetime > 5",
        "arn:slow": "responsetime > 5",
        "both": 'group.name = "slow" and user = "a"',
    }
    assert expand_groups(parse(text), groups) == parse(same)


def test_unknown_broken_and_circular_groups_match_nothing(put, find):
    groups = {"a": 'group.name = "b"', "b": 'group.name = "a"', "broken": "fault {"}
    put(dict(documents()))
    for name in ("a", "broken", "unknown"):
        expression = expand_groups(parse(f'group.name = "{name}"'), groups)
        assert find(expression, WINDOW) == set()
    expression = expand_groups(parse('group.name != "unknown"'), groups)
    assert len(find(expression, WINDOW)) == len(dict(documents()))
