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
        ("user = 'alice'", "''alice'' (did you mean \"alice\"?"),
        ("user = 'alice", "''' (expected a string, as in \"text\")"),
        ('service("a") { name = traces }', 'did you mean "traces"?'),
        ("http.status CONTAINS", "expected =, !=, <, <=, > or >="),
        ('responsetime > "5"', "position 16 : Invalid input symbol: '\"5\"'"),
        ('annotation.k > "5"', "expected a number"),
        ("annotation.k CONTAINS 5", "expected a string"),
        ("root", "root stands inside service braces"),
        ("remote", "remote stands inside rootcause entity braces"),
        ("coverage > 1", "stands inside rootcause.responsetime.entity braces"),
        (
            "rootcause.fault.entity { coverage > 1 }",
            "'coverage': coverage stands inside rootcause.responsetime.entity braces",
        ),
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
        ("fault ? ok", "'?' (expected =, !=, AND, OR or the end)"),
        ("annotation = 1", "expected annotation.key or annotation[key]"),
        ("annotation[] = 1", "the annotation's key is empty"),
        ("annotation[x", "expected a key and ']'"),
        ('service(id(name:"a", name:"b"))', "expected type: or account.id:"),
        ('edge("a")', "expected ','"),
        ("edge(a", "expected a name, as in \"name\", id(...) or ')'"),
        ('edge("a",)', """')' (expected a name, as in "name" or id(...))"""),
        ('service(id(name:"a" "b"))', "'\"b\"' (expected ')' or ',')"),
        (
            'service(id(name: "a", type: "b", account.id: "c", "d"))',
            "',' (expected ')')",
        ),
        ("rootcause.json = #{}", "expected '['"),
        ("# fault", "position 1 : Invalid input symbol: '#' (expected a keyword"),
        ("rootcause.json #[]", "Invalid input symbol: '#' (expected = or !=)"),
        ("rootcause.json = #[1", "Invalid JSON"),
        ("rootcause.json = #[1]", "the root cause is no object"),
        ('rootcause.json = #[{"Service": []}]', "did you mean Services?"),
        ('rootcause.json = #[{"Services": [{"Name": 1}]}]', "Name is not a string"),
        (LARGE, "Coverage is no finite number"),
        (LARGE.replace("9" * 400, "NaN"), "Coverage is no finite number"),
        ("group.name > 1", "expected = or !="),
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


TERM = "a keyword, '(' or '!'"


@pytest.mark.parametrize(
    ("text", "found", "hint"),
    [
        ("falt", "falt", f"did you mean fault?; expected {TERM}"),
        ("ok AND x", "x", f"expected {TERM}"),
        ("(x", "x", f"expected {TERM}"),
        ("!x", "x", f"expected {TERM}"),
        ("service() { x }", "x", f"expected {TERM}"),
        ("x && ok", "x", f"expected {TERM}"),
        ("&& ok", "&&", f"expected {TERM}"),
        ("ok x", "x", f"expected =, !=, AND, OR, {TERM}"),
        ("ok = true x", "x", f"expected AND, OR, {TERM}"),
        ("service() x", "x", f"expected '{{', AND, OR, {TERM}"),
        ("ok adn fault", "adn", "did you mean AND?; expected =, !=, AND,"),
        ('user contians "x"', "contians", "did you mean CONTAINS?; expected =,"),
        ('user LIKE "x"', "LIKE", "did you mean CONTAINS?; expected =, !=, CONTAINS,"),
        ('user startsWith "x"', "startsWith", "did you mean BEGINSWITH?"),
        ("duration LIKE 5", "LIKE", f"expected =, !=, <, <=, >, >=, AND, OR, {TERM}"),
        ('user ~ "x"', "~", "did you mean CONTAINS?; expected =, !=, CONTAINS,"),
        ("ok && x", "&&", "did you mean AND?; expected =, !=, AND, OR or the end"),
        ("ok || x", "||", "did you mean OR?; expected =, !=, AND, OR or the end"),
        ("(ok || x)", "||", "did you mean OR?; expected ')', =, !=, AND or OR"),
        ("ok = true | x", "|", "did you mean OR?; expected AND, OR or the end"),
        ("ok == true", "==", "did you mean =?; expected =, !=, AND, OR or the end"),
        ("ok {", "{", "expected =, !=, AND, OR or the end"),
        ("ok = true {", "{", "expected AND, OR or the end"),
        ("service() { ok {", "{", "expected '}', =, !=, AND or OR"),
        ("annotation.", ".", "expected annotation.key or annotation[key]"),
        ("ok annotation.a-b", "annotation.a-b", "did you mean annotation[a-b]?)"),
        ("annotation.k&&ok", "&&", "did you mean AND?"),
    ],
)
def test_offers_what_would_fit(text, found, hint):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert f"Invalid input symbol: '{found}' ({hint}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ok annotation.my-key = 1", "annotation[my-key]"),
        ("annotation.my-1 != true", "annotation[my-1]"),
        ("Annotation.a:b/c<1", "annotation[a:b/c]"),
        ("edge() { source.annotation.größe }", "source.annotation[größe]"),
        ("service(a) { ok }", '"a"'),
        ("user = 'alice' ok", '"alice"'),
        ("user = 'al\"ice'", r'"al\"ice"'),
        ("service(\u201ca\u201d)", '"a"'),
        ('user contians "x"', "CONTAINS"),
        ("ok && fault", "AND"),
        ("ok == true", "="),
    ],
)
def test_a_suggestion_can_be_put_in_place_of_what_was_found(text, written):
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert error.suggestion == written
    end = error.offset + error.length
    assert parse(text[: error.offset] + error.suggestion + text[end:])


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
