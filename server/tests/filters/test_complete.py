"""What is offered at a position, and how an expression is explained."""

from dataclasses import replace

import pytest

from fluoro.filters.complete import Observe, complete
from fluoro.filters.explain import explain
from fluoro.filters.keywords import Type


def texts(text):
    return [option.text for option in complete(text, len(text)).options]


def complete_at(marked):
    """Complete where the text has a bar."""
    return complete(marked.replace("|", ""), marked.index("|"))


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
        ("fault AND ", 10, {"NOT", "!", "("}, {")"}),
        ("!", 1, {"NOT", "!", "(", "fault"}, {"AND"}),
        ("(fault) ", 8, {"AND", "NOT"}, {"{"}),
        ("(service) ", 10, {"AND"}, {"{"}),
        ("service ", 8, {"{", "AND"}, set()),
        ('edge(id(name: "a"), "b") ', 25, {"{"}, set()),
        ('service(id(type: "', 17, {'"client"'}, {"fault"}),
        ("service() { type = cl", 19, {'"client"'}, {"fault"}),
        ("rootcause.fault.service { type = ", 33, set(), {'"client"'}),
    ],
)
def test_offers_what_fits(text, start, offered, missing):
    found = complete(text, len(text))
    assert (found.start, found.end) == (start, len(text))
    assert offered <= set(texts(text))
    assert not missing & set(texts(text))


BRACKETS = Observe("annotation key", form="[{}]", quoted=False)
VALUES = Observe(
    "annotation value", "k", (Type.BOOLEAN, Type.NUMBER, Type.STRING), quoted=False
)


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
        ('annotation["a b', "a b", replace(BRACKETS, form="annotation[{}]")),
        ("annotation ", "", BRACKETS),
        ("annotation.k = ", "", VALUES),
        ('annotation[a.b] = "x', "x", replace(VALUES, key="a.b")),
        ("annotation.k contains ", "", replace(VALUES, types=(Type.STRING,))),
        ("annotation.k >= ", "", replace(VALUES, types=(Type.NUMBER,))),
        (r'user = "a\"b', 'a"b', Observe("user")),
        ('user = "a\\', "a\\", Observe("user")),
        (r'user = "\ud83d', r"\ud83d", Observe("user")),
        ("http.status != 4", "4", Observe("http_status", quoted=False)),
        ('group.name = "', "", Observe("group name")),
        ('groupname = "', "", Observe("group name")),
        ('group.arn = "', "", Observe("group ARN")),
        ('rootcause.fault.service { name = "', "", Observe("node_name")),
        ('rootcause.fault.entity { name = "', "", Observe("name")),
        ('rootcause.fault.exception { name = "', "", Observe("exception name")),
        (
            'rootcause.error.exception { last message contains "t',
            "t",
            Observe("exception message"),
        ),
        ("fault", "fault", None),
    ],
)
def test_says_which_observed_values_fit(text, prefix, observe):
    found = complete(text, len(text))
    assert (found.prefix, found.observe) == (prefix, observe)


@pytest.mark.parametrize(
    ("marked", "replaced"),
    [
        ("fau|l = true", "faul"),
        ("fault AND |ok", "ok"),
        ("fault| AND ok", "fault"),
        ('service("ba|")', '"ba"'),
        ('user = "a|b c" AND http.url = "d"', '"ab c"'),
        ('user = |"ab"', '"ab"'),
        (r'user = "a|\"b" OR user', r'"a\"b"'),
        (r'user = "a\|"b" OR user', r'"a\"b"'),
        ('service("ba|ck) AND user = "x"', '"back'),
        ("http.status = 4|04", "404"),
        ("annotation.a|b = 1", "annotation.ab"),
        ("annot|ation[k] = 1", "annotation[k]"),
        ("annotation[a|]", "annotation[a]"),
        ("fault Annotation [ a|b ] = 1", "Annotation [ ab ]"),
        ('annotation["a|"] = 1', 'annotation["a"]'),
        ("annotation[a| = 1 OR annotation[b]", "annotation[a"),
        ("(fault |)", ""),
    ],
)
def test_the_rest_of_the_word_the_string_or_the_key_is_replaced(marked, replaced):
    found = complete_at(marked)
    assert marked.replace("|", "")[found.start : found.end] == replaced


@pytest.mark.parametrize(
    ("marked", "offered", "missing"),
    [
        ("(fault |)", {"AND", "="}, {")"}),
        ("service(i|d())", {"id"}, {"id("}),
        ('service(id(na|: "a"))', {"name"}, {"name:"}),
        ("service() | { ok }", {"AND"}, {"{"}),
        ("|fault", {"error", "fault"}, {"!", "(", "NOT"}),
        ("fault A|", {"AND"}, set()),
    ],
)
def test_what_stands_behind_is_not_offered_again(marked, offered, missing):
    found = {option.text for option in complete_at(marked).options}
    assert offered <= found
    assert not missing & found


def test_any_position_has_an_answer():
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
