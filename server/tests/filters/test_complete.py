"""What is offered at a position, and how an expression is explained."""

import pytest

from fluoro.filters.complete import Observe, complete
from fluoro.filters.explain import explain


def texts(text):
    return [option.text for option in complete(text, len(text)).options]


@pytest.mark.parametrize(
    ("text", "start", "offered", "missing"),
    [
        ("", 0, {"fault", "service", "annotation."}, {"AND", "root", "coverage"}),
        ("fau", 0, {"fault"}, {"ok"}),
        ("FAU", 0, {"fault"}, {"ok"}),
        ("http.", 0, {"http.url", "http.status"}, {"fault"}),
        ("fault ", 6, {"=", "!=", "AND", "OR", "ok"}, {"<", "CONTAINS", ")"}),
        ("responsetime ", 13, {"<", ">="}, {"CONTAINS"}),
        ("http.url ", 9, {"CONTAINS"}, {"<"}),
        ("annotation[a.b] ", 16, {"CONTAINS", "<"}, set()),
        ("fault = ", 8, {"true", "false"}, {"fault"}),
        ("(fault ", 7, {")", "AND", "="}, {"}"}),
        ("service(", 8, {"id("}, {"fault"}),
        ("service(id(", 11, {"name:", "type:", "account.id:"}, set()),
        ('service(id(name: "a", ', 22, {"type:"}, {"name:"}),
        ('service("a") ', 13, {"{", "AND"}, {"="}),
        ('service("a") { ', 15, {"root", "type", "fault"}, {"service", "coverage"}),
        ('service("a") { root ', 20, {"}", "="}, {"service"}),
        ("rootcause.responsetime.entity { cov", 32, {"coverage"}, set()),
        ("rootcause.fault.entity { ", 25, {"remote", "last"}, {"coverage", "message"}),
        ("fault and ", 10, {"ok"}, {"AND", "="}),
        ("fault } ", 8, set(), {"AND"}),
        ('user = "no end', 7, set(), {"AND"}),
    ],
)
def test_offers_what_fits(text, start, offered, missing):
    found = complete(text, len(text))
    assert (found.start, found.end) == (start, len(text))
    assert offered <= set(texts(text))
    assert not missing & set(texts(text))


@pytest.mark.parametrize(
    ("text", "prefix", "observe"),
    [
        ('service("fr', "fr", Observe("node_name")),
        ("edge(", "", Observe("node_name")),
        ('edge("a", "b', "b", Observe("node_name")),
        ('service(id(type: "AWS', "AWS", Observe("node_type")),
        ('service("a") { name = "', "", Observe("node_name")),
        ('user = "al', "al", Observe("user")),
        ("http.url CONTAINS ", "", Observe("http_url")),
        (
            "annotation.ga",
            "ga",
            Observe("annotation key", form="annotation.{}", quoted=False),
        ),
        (
            "fault AND Annotation[aws.l",
            "aws.l",
            Observe("annotation key", form="Annotation[{}]", quoted=False),
        ),
        ("annotation.k = ", "", Observe("annotation value", "k", quoted=False)),
        ('annotation[a.b] = "x', "x", Observe("annotation value", "a.b", quoted=False)),
        ("fault", "fault", None),
    ],
)
def test_says_which_observed_values_fit(text, prefix, observe):
    found = complete(text, len(text))
    assert (found.prefix, found.observe) == (prefix, observe)


def test_completes_in_the_middle_and_anywhere():
    assert complete("fau and ok", 3).end == 3
    for position in (-5, 0, 7, 1000):
        complete('service("a") { "', position)


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("", "Traces of every kind"),
        ("!fault", "Traces that are not those where fault holds"),
        (
            'service("a") { responsetime > 2.5 OR !root } user',
            (
                "Traces that visited a node named 'a' where (responsetime is more"
                " than 2.5 or not (root holds)), and where user is there"
            ),
        ),
        (
            'edge(id(type:"t"), id(account.id:"1")) or annotation.k = true',
            (
                "Traces (with a call from a node of type 't' to a node in account '1',"
                " or where annotation 'k' is true)"
            ),
        ),
        (
            'rootcause.error.exception { message CONTAINS "x" }',
            "Traces whose error goes through an exception where message contains 'x'",
        ),
        (
            'group.name != "g" rootcause.json = #[]',
            (
                "Traces that do not belong to the group 'g', and with a root cause"
                " like the one given"
            ),
        ),
        ("service{}", "Traces that visited any node where anything holds"),
        ("annotation.id = 12345678", "Traces where annotation 'id' is 12345678"),
        ("duration > 0.1234567", "Traces where duration is more than 0.1234567"),
        ("annotation.n = 5e-324", "Traces where annotation 'n' is 5e-324"),
    ],
)
def test_explains(text, explanation):
    assert explain(text) == {"valid": True, "explanation": explanation, "error": None}


def test_explains_an_error():
    found = explain("ok and\n falt")
    assert not found["valid"]
    assert found["explanation"] is None
    assert found["error"] == {
        "message": (
            "Error Location: line 2, position 2 : Invalid input symbol: 'falt'"
            " (did you mean fault?; expected a keyword, '(' or '!')"
        ),
        "line": 2,
        "position": 2,
        "offset": 8,
        "length": 4,
        "expected": ["a keyword", "'('", "'!'"],
        "suggestion": "fault",
    }
