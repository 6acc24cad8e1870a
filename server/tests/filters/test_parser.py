"""The language: what parses to what, and what is said of what does not."""

import pytest

from fluoro.filters.parser import parse, parse_selector
from fluoro.filters.syntax import (
    And,
    Cause,
    CauseJson,
    Compare,
    Constant,
    Edge,
    FilterError,
    Group,
    Ident,
    Not,
    Or,
    Service,
)
from fluoro.model.limits import (
    FILTER_DEPTH_MAX,
    FILTER_LENGTH_MAX,
    FILTER_TERMS_MAX,
    SELECTOR_LENGTH_MAX,
)

FAULT, OK = Compare("fault"), Compare("ok")
LARGE = 'json = #[{"Services":[{"EntityPath":[{"Coverage":%s}]}]}]' % ("9" * 400)
SLOW = Compare("responsetime", ">", 2.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Constant(True)),
        (" \n\t ", Constant(True)),
        ("FAULT", FAULT),
        ("fault = TRUE", Compare("fault", "=", True)),
        ('fault != "false"', Compare("fault", "!=", False)),
        ("responseTime>2.5", SLOW),
        ("http.status = -1.5e2", Compare("http.status", "=", -150.0)),
        ('user contains ""', Compare("user", "CONTAINS", "")),
        (r'user = "a\"b\\c\u00e9"', Compare("user", "=", 'a"b\\cé')),
        ('user = "Größe 🙂"', Compare("user", "=", "Größe 🙂")),
        ('user = "line\nbreak"', Compare("user", "=", "line\nbreak")),
        ("annotation.Key_1", Compare("annotation", key="Key_1")),
        ("ANNOTATION[a.b:c d]=1", Compare("annotation", "=", 1.0, "a.b:c d")),
        ('annotation [ "q" ] = true', Compare("annotation", "=", True, "q")),
        ('annotation.k = "true"', Compare("annotation", "=", "true", "k")),
        ("fault ok", And((FAULT, OK))),
        ("fault or ok and fault", Or((FAULT, And((OK, FAULT))))),
        ("(fault or ok) fault", And((Or((FAULT, OK)), FAULT))),
        ("!fault ok", And((Not(FAULT), OK))),
        ("not !fault", Not(Not(FAULT))),
        ("service", Service(Ident())),
        ("service()", Service(Ident())),
        ("service() {}", Service(Ident(), Constant(True))),
        (
            'service(id(type: "t", account.id:"1")){fault}',
            Service(Ident(type="t", account_id="1"), FAULT),
        ),
        ("edge", Edge(Ident(), Ident())),
        (
            'edge(id(name:"a"), "b") { source.annotation.k > 1 }',
            Edge(
                Ident(name="a"),
                Ident(name="b"),
                Compare("source.annotation", ">", 1.0, "k"),
            ),
        ),
        (
            "RootCause.Error.Exception { first or last }",
            Cause("error", "exception", Or((Compare("first"), Compare("last")))),
        ),
        (
            'json = #[ {"ClientImpacting" : true} ]',
            CauseJson('[{"ClientImpacting":true}]'),
        ),
        ('group.arn != "arn:x"', Group("arn", "arn:x", negated=True)),
    ],
)
def test_parses(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fault {", "line 1, position 7 : Invalid input symbol: '{'"),
        ("fault\n and {", "line 2, position 6 : Invalid input symbol: '{'"),
        ("respnsetime > 1", "did you mean responsetime?"),
        ("user = alice", 'did you mean "alice"?'),
        ("user = 'alice'", "did you mean straight double quotes?"),
        ('service("a") { name = traces }', 'did you mean "traces"?'),
        ("http.status CONTAINS", "expected =, !=, <, <=, > or >="),
        ('responsetime > "5"', "position 16 : Invalid input symbol: '\"5\"'"),
        ('annotation.k > "5"', "expected a number"),
        ("annotation.k CONTAINS 5", "expected a string"),
        ("root", "root stands inside service braces"),
        ("coverage > 1", "coverage stands inside rootcause entity braces"),
        ("rootcause.fault.entity { coverage > 1 }", "coverage stands inside"),
        ("rootcause.responsetime.exception { last }", "rootcause.responsetime.entity"),
        ('service("a") { edge() }', "edge stands at the top"),
        ("fault and", "position 10 : Unexpected end of the expression"),
        ("(fault", "expected ')', AND or OR"),
        ('user = "x', "Unterminated string"),
        (r'user = "\d"', "position 9 : Invalid escape"),
        (r'user = "\ud800"', "half a surrogate pair"),
        (r'json = #[{"Services": [{"Name": "\ud800"}]}]', "half a surrogate pair"),
        ("annotation[\ud800]", "position 12 : half a surrogate pair"),
        ("http.status = 1e999", "the number is too large"),
        ("http.status = 12ab", "position 17 : Invalid input symbol: 'a'"),
        ("fault ? ok", "Invalid input symbol: '?'"),
        ("annotation = 1", "expected annotation.key or annotation[key]"),
        ("annotation[] = 1", "the annotation's key is empty"),
        ("annotation[x", "expected a key and ']'"),
        ('service(id(name:"a", name:"b"))', "expected type: or account.id:"),
        ('edge("a")', "expected ','"),
        ("rootcause.json = #{}", "expected '['"),
        ("rootcause.json = #[1", "Invalid JSON"),
        ("rootcause.json = #[1]", "the root cause is no object"),
        ('rootcause.json = #[{"Service": []}]', "did you mean Services?"),
        ('rootcause.json = #[{"Services": [{"Name": 1}]}]', "Name is not a string"),
        (LARGE, "Coverage is no finite number"),
        (LARGE.replace("9" * 400, "NaN"), "Coverage is no finite number"),
        ("group.name > 1", "expected '=' or '!='"),
        ("group.name = x", 'did you mean "x"?'),
        ("json = #" + "[" * 5000, "Invalid JSON"),
        ("(" * 200 + "fault" + ")" * 200, f"deeper than {FILTER_DEPTH_MAX}"),
        ("!" * 200 + "fault", f"deeper than {FILTER_DEPTH_MAX}"),
        ("fault " * (FILTER_TERMS_MAX + 1), f"more than {FILTER_TERMS_MAX} terms"),
        ("x" * (FILTER_LENGTH_MAX + 1), "the limit is 10,000"),
    ],
)
def test_says_what_is_wrong_and_where(text, message):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert str(caught.value).startswith("Error Location: line ")
    assert message in str(caught.value)
    assert 0 <= caught.value.offset <= len(text)


def test_an_error_locates_what_was_found():
    with pytest.raises(FilterError) as caught:
        parse("ok\nand http.methd")
    error = caught.value
    assert (error.line, error.position, error.offset, error.length) == (2, 5, 7, 10)
    assert error.suggestion == "http.method"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('service("a")', Service(Ident("a"))),
        ("service()", Service(Ident())),
        ('edge("a", id(type:"t"))', Edge(Ident("a"), Ident(type="t"))),
    ],
)
def test_the_entity_selector(text, expected):
    assert parse_selector(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('service("a.example.com.and.more.and.so.o") { fault }', "position 44"),
        ('id(name:"a")', "position 1 : Invalid input symbol: 'id'"),
        ("fault", "Invalid input symbol: 'fault'"),
        ("", "Unexpected end"),
        ('service("' + "x" * SELECTOR_LENGTH_MAX + '")', "the limit is 500"),
    ],
)
def test_the_entity_selector_takes_nothing_else(text, message):
    with pytest.raises(FilterError, match=message):
        parse_selector(text)
