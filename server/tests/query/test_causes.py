"""Fault, error and response-time root causes: each recorded case."""

import pytest

from filters import oracle
from fluoro.query.causes import failure_causes, java_bucket, response_time_causes
from support.documents import hex_id, independent, segment, subsegment, trace_of

# In a Java HashMap of sixteen buckets A comes before B.
A, B, C, D = (hex_id(short) for short in ("a1", "b2", "c3", "d4"))


def raised(number):
    """A cause with one exception."""
    return {
        "exceptions": [{"id": str(number) * 16, "type": "T", "message": f"m{number}"}]
    }


def refers_to(number):
    return str(number) * 16


UNKNOWN = refers_to(9)


def root(*children, cause=None, fault=True, **members):
    return segment(
        "1", end=10, fault=fault, cause=cause, subsegments=list(children), **members
    )


def child(entity_id, *children, end=6, cause=None, fault=True, remote=False):
    name = {A: "A", B: "B", C: "C", D: "D"}[entity_id]
    namespace = "remote" if remote else None
    made = {"cause": cause, "fault": fault, "namespace": namespace, "name": name}
    return subsegment(entity_id, end=end, subsegments=list(children), **made)


def outline(causes):
    """Causes in short: per service the path, `!n` for own exceptions, `~` remote."""
    return [
        (
            cause["ClientImpacting"],
            [
                ("(inferred) " if service["Inferred"] else "")
                + " > ".join(outline_entity(entity) for entity in service["EntityPath"])
                for service in cause["Services"]
            ],
        )
        for cause in causes
    ]


def outline_entity(entity):
    exceptions = "".join(f"!{e['Message'][1:]}" for e in entity["Exceptions"])
    return f"{entity['Name']}{'~' if entity['Remote'] else ''}{exceptions}"


def faults(*documents):
    return outline(failure_causes(trace_of(*documents), "fault"))


def one(*services):
    return [(True, list(services))]


LONE_B = (False, ["(inferred) B"])


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            root(child(A, cause=raised(1)), child(B, end=7, cause=raised(2))),
            one("n1 > A!1"),
            id="two local children: one of them, by the hash of its id",
        ),
        pytest.param(
            root(child(B, end=7, cause=raised(2)), child(A, cause=raised(1))),
            one("n1 > A!1"),
            id="the order in the document does not matter",
        ),
        pytest.param(
            root(child(A), child(B, cause=raised(2))),
            one("n1 > B!2"),
            id="only one has exceptions",
        ),
        pytest.param(
            root(child(A, cause=raised(1), fault=False), child(B, cause=raised(2))),
            one("n1 > B!2"),
            id="only one is flagged",
        ),
        pytest.param(root(child(A), child(B)), [], id="no exceptions anywhere"),
        pytest.param(
            root(child(A, child(C)), cause=raised(3)),
            one("n1!3"),
            id="only the root has exceptions",
        ),
        pytest.param(
            root(child(A, cause=raised(1)), child(B, cause=raised(2)), cause=raised(3)),
            one("n1!3 > A!1"),
            id="root and winner have exceptions",
        ),
        pytest.param(
            root(child(A, child(B, cause=raised(2)))),
            one("n1 > A > B!2"),
            id="a flagged one without exceptions in between",
        ),
        pytest.param(
            root(child(A, cause=raised(1)), child(B, cause=raised(2)), fault=False),
            [],
            id="root not flagged: local flags start no path",
        ),
        pytest.param(
            root(child(A, cause=raised(1)), child(B, cause=raised(2), remote=True)),
            one("n1 > B~!2", "(inferred) B"),
            id="remote before local",
        ),
        pytest.param(
            root(child(A, cause=raised(1)), child(B, remote=True)),
            one("n1 > B~", "(inferred) B"),
            id="remote before local, even without exceptions",
        ),
        pytest.param(
            root(
                child(A, cause=raised(1), remote=True),
                child(B, cause=raised(2), remote=True),
            ),
            one("n1 > A~!1", "(inferred) A"),
            id="both remote: one cause only",
        ),
        pytest.param(
            root(
                child(A, cause=raised(1)), child(B, cause=raised(2)), cause=refers_to(2)
            ),
            one("n1 > B!2"),
            id="root refers to a child's exception: overrides the tie",
        ),
        pytest.param(
            root(
                child(A, cause=raised(1)), child(B, cause=raised(2)), cause=refers_to(1)
            ),
            one("n1 > A!1"),
            id="root refers to the other child's exception",
        ),
        pytest.param(
            root(child(A, cause=raised(1)), child(B, cause=raised(2)), cause=UNKNOWN),
            [],
            id="root refers to an unknown id, children local: blocked",
        ),
        pytest.param(
            root(child(A, cause=raised(1)), child(B, cause=raised(2)), cause=A),
            [],
            id="root refers to the id of a subsegment",
        ),
        pytest.param(
            root(
                child(A, cause=raised(1)),
                child(B, cause=raised(2), remote=True),
                cause=refers_to(1),
            ),
            [*one("n1 > A!1"), LONE_B],
            id="root refers to the local child, the other is remote: two causes",
        ),
        pytest.param(
            root(
                child(A, cause=raised(1)),
                child(B, cause=raised(2), remote=True),
                cause=UNKNOWN,
            ),
            [LONE_B],
            id="root refers to an unknown id, one child remote",
        ),
        pytest.param(
            root(child(A, child(B, cause=raised(2)), cause=refers_to(2))),
            one("n1 > A > B!2"),
            id="a child refers to its child's exception",
        ),
        pytest.param(
            root(child(A, cause=refers_to(2)), child(B, cause=raised(2))),
            one("n1 > B!2"),
            id="a child refers to its sibling's exception",
        ),
        pytest.param(
            root(child(A, cause=UNKNOWN), cause=raised(3)),
            one("n1!3"),
            id="a leaf refers to an unknown id, the root has exceptions",
        ),
        pytest.param(
            root(child(A, child(C, cause=UNKNOWN), cause=raised(1))),
            one("n1 > A!1"),
            id="a leaf refers to an unknown id, its parent has exceptions",
        ),
        # Beyond the recordings, by the same rules.
        pytest.param(
            root(child(A, child(C, cause=raised(3), remote=True)), cause=refers_to(3)),
            one("n1 > A > C~!3", "(inferred) C"),
            id="a reference to a call's exception leads to the other side",
        ),
        pytest.param(
            root(child(A, cause=raised(1), remote=True), fault=False),
            [(False, ["(inferred) A"])],
            id="a failed call under a healthy root",
        ),
        pytest.param(root(), [], id="a fault without a cause"),
        pytest.param(
            root(child(A, cause={"exceptions": ["x"]}), cause=""),
            [],
            id="an empty reference",
        ),
        pytest.param(
            root(cause={"id": A, "exceptions": []}), [], id="Node's third form of cause"
        ),
    ],
)
def test_fault_causes_as_recorded(document, expected):
    """And so says the oracle that searches are compared with."""
    assert faults(document) == expected
    assert outline(oracle.Trace([(0, document)]).causes["fault"]) == expected


def test_an_exception_given_as_text_has_no_name():
    document = root(child(A, cause=raised(1)), cause={"exceptions": ["1" * 16]})
    (cause,) = failure_causes(trace_of(document), "fault")
    (service,) = cause["Services"]
    caller, called = service["EntityPath"]
    assert caller["Exceptions"] == [{"Name": None, "Message": None}]
    assert called["Name"] == "A"


def test_error_causes_have_the_same_shape():
    document = segment(
        "1",
        error=True,
        subsegments=[subsegment(A, error=True, cause=raised(1), name="A")],
    )
    assert outline(failure_causes(trace_of(document), "error")) == one("n1 > A!1")
    assert faults(document) == []


def test_a_cause_in_full():
    document = root(child(A, cause=raised(1), remote=True), origin="AWS::EC2::Instance")
    assert failure_causes(trace_of(document), "fault") == [
        {
            "ClientImpacting": True,
            "Services": [
                {
                    "Name": "n1",
                    "Names": ["n1"],
                    "Type": "AWS::EC2::Instance",
                    "AccountId": None,
                    "Inferred": False,
                    "EntityPath": [
                        {"Name": "n1", "Remote": False, "Exceptions": []},
                        {
                            "Name": "A",
                            "Remote": True,
                            "Exceptions": [{"Name": "T", "Message": "m1"}],
                        },
                    ],
                },
                {
                    "Name": "A",
                    "Names": ["A"],
                    "Type": "remote",
                    "AccountId": None,
                    "Inferred": True,
                    "EntityPath": [{"Name": "A", "Remote": False, "Exceptions": []}],
                },
            ],
        }
    ]


def test_the_path_goes_on_in_the_service_that_was_called():
    call = child(A, cause=raised(1), remote=True)
    callee = segment(
        "2", fault=True, parent_id=A, subsegments=[child(B, cause=raised(2))]
    )
    assert faults(root(call), callee) == one("n1 > A~!1", "n2 > B!2")


def test_a_healthy_callee_ends_the_path_at_the_call():
    call = child(A, cause=raised(1), remote=True)
    assert faults(root(call), segment("2", parent_id=A)) == one("n1 > A~!1")


def test_a_callee_that_the_caller_survived_is_a_cause_of_its_own():
    call = child(A, fault=False, remote=True)
    callee = segment("2", fault=True, parent_id=A, cause=raised(2))
    assert faults(root(call, fault=False), callee) == [(False, ["n2!2"])]
    assert faults(root(call, cause=raised(1)), callee) == [
        (True, ["n1!1"]),
        (False, ["n2!2"]),
    ]


def test_a_segment_whose_caller_is_missing_impacts_no_client():
    orphan = segment("2", fault=True, parent_id="f", cause=raised(2))
    assert faults(orphan) == [(False, ["n2!2"])]


def test_the_type_of_a_service_without_origin_is_empty():
    (cause,) = failure_causes(trace_of(root(cause=raised(1))), "fault")
    assert cause["Services"][0]["Type"] == ""


def test_an_inferred_resource_is_named_as_in_the_graph():
    call = subsegment(
        A,
        name="DynamoDB",
        namespace="aws",
        fault=True,
        aws={"operation": "GetItem", "table_name": "carts"},
    )
    (cause,) = failure_causes(trace_of(root(call)), "fault")
    service = cause["Services"][1]
    assert (service["Name"], service["Type"]) == ("carts", "AWS::DynamoDB::Table")
    assert service["EntityPath"][0]["Name"] == "DynamoDB"


def test_long_chains_of_services_and_cycles_are_walked():
    number = 2_000
    documents = [segment("1", fault=True, cause=None)]
    for i in range(1, number):
        last = i == number - 1
        documents.append(
            segment(
                f"{i + 1:x}",
                parent_id=f"{i:x}",
                fault=True,
                cause=raised(1) if last else None,
            )
        )
    documents += [
        segment("fffe", parent_id="ffff", fault=True),
        segment("ffff", parent_id="fffe", fault=True),
    ]
    ((impacting, services),) = faults(*documents)
    assert impacting
    assert len(services) == number


@pytest.mark.parametrize(
    ("text", "bucket"),
    [("", 0), ("a", 1), ("ab", 1), ("hello", 99162322 % 16 ^ (99162322 >> 16) % 16)],
)
def test_buckets_are_java_s(text, bucket):
    assert java_bucket(text) == bucket


def coverages(*documents):
    return [
        [
            [
                (entity["Name"], entity["Coverage"], entity["Remote"])
                for entity in service["EntityPath"]
            ]
            for service in cause["Services"]
        ]
        for cause in response_time_causes(trace_of(*documents))
    ]


@pytest.mark.parametrize(
    ("children", "expected"),
    [
        pytest.param([child(A, end=6), child(B, end=7)], [("B", 0.7)], id="longest"),
        pytest.param([child(A, end=8), child(B, end=3)], [("A", 0.8)], id="long"),
        pytest.param([child(A, end=4)], None, id="0.4 does not qualify"),
        pytest.param([child(A, end=5)], None, id="0.5 does not qualify"),
        pytest.param([child(A, end=2.5)], None, id="0.25 does not qualify"),
        pytest.param([child(A, end=7.5)], [("A", 0.75)], id="0.75 does"),
        pytest.param(
            [child(A, child(B, end=7))],
            [("A", 0.6), ("B", 0.7)],
            id="outlives it",
        ),
        pytest.param([child(A, end=None)], None, id="in progress"),
    ],
)
def test_response_time_causes_as_recorded(children, expected):
    path = [[("n1", 1.0, False), *((*step, False) for step in expected or ())]]
    assert coverages(root(*children)) == ([path] if expected else [])
    (known,) = oracle.Trace([(0, root(*children))]).causes["responsetime"] or [None]
    assert known == next(iter(response_time_causes(trace_of(root(*children)))), None)


def test_of_equally_long_children_the_earlier_one_is_the_cause():
    later = subsegment(A, 1, 9, name="later")
    earlier = subsegment(B, 0, 8, name="earlier")
    assert coverages(root(later, earlier)) == [
        [[("n1", 1.0, False), ("earlier", 0.8, False)]]
    ]


def test_a_slow_call_adds_the_service_on_the_other_side():
    call = child(A, end=8, remote=True)
    assert coverages(root(call)) == [
        [[("n1", 1.0, False), ("A", 0.8, True)], [("A", 0.8, False)]]
    ]
    callee = segment("2", 1, 8, parent_id=A)
    assert coverages(root(call), callee) == [
        [[("n1", 1.0, False), ("A", 0.8, True)], [("n2", 0.7, False)]]
    ]


def test_without_a_finished_root_nothing_is_slow():
    in_progress = segment("1", end=None, subsegments=[child(A)])
    assert coverages(in_progress) == []
    assert coverages(independent(A, "f")) == []
    assert coverages(segment("1", end=0, subsegments=[child(A)])) == []
