"""Stack traces of each language, as its SDK writes them."""

import traceback

import pytest

from fluoro.wire.otlp.stacks import parse_stack

JAVA = """java.lang.IllegalStateException: state is not legal
\tat shop.Cart.add(Cart.java:48)
\tat java.base/java.lang.Thread.run(Thread.java:834)
\tat app//shop.Native.call(Native Method)
\tSuppressed: java.lang.RuntimeException: closing
Caused by: java.lang.IllegalArgumentException: bad argument
second line
\tat shop.Cart.check(Cart.java)
\t... 12 more
Caused by: shop.NoMessage
\tat shop.Deep.est(Deep.java:1)
"""

PYTHON = """Traceback (most recent call last):
  File "inner.py", line 3, in inner
    raise KeyError("k")
KeyError: 'k'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "middle, 2.py", line 5, in middle
    inner()
    ^^^^^^^
ValueError: two
lines

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "main.py", line 9, in <module>
    middle()
  File "outer.py", line 7, in outer
    raise RuntimeError
RuntimeError
"""

JAVASCRIPT = """TypeError: x is not a function
    at Object.<anonymous> (/app/index.js:12:5)
    at async handler (file:///app/server.mjs:7:1)
    at C:\\app\\win.js:3:2
    at Array.forEach (native)
    at new Promise (<anonymous>)
"""

DOTNET = """System.InvalidOperationException: boom
   at Shop.Cart.Add(String id) in /src/Cart.cs:line 17
   at System.Linq.Enumerable.First[T](IEnumerable`1 source)
   --- End of inner exception stack trace ---
"""

GO = """goroutine 7 [running]:
main.boom(0x1)
\t/app/main.go:20 +0x1d
main.main()
\t/app/main.go:12 +0x2f
"""


def frames(trace):
    return [(f["label"], f["path"], f["line"]) for f in trace.frames]


@pytest.mark.parametrize("language", ["java", "php"])
def test_java_and_php(language):
    own, cause, deepest = parse_stack(JAVA, language)
    assert frames(own) == [
        ("shop.Cart.add", "Cart.java", 48),
        ("java.lang.Thread.run", "Thread.java", 834),
        ("shop.Native.call", "Native Method", 0),
    ]
    assert cause.type == "java.lang.IllegalArgumentException"
    assert cause.message == "bad argument\nsecond line"
    assert frames(cause) == [("shop.Cart.check", "Cart.java", 0)]
    assert (deepest.type, deepest.message) == ("shop.NoMessage", "")


def test_python():
    own, cause, deepest = parse_stack(PYTHON, "python")
    assert frames(own) == [("outer", "outer.py", 7), ("<module>", "main.py", 9)]
    assert (cause.type, cause.message) == ("ValueError", "two\nlines")
    assert frames(cause) == [("middle", "middle, 2.py", 5)]
    assert (deepest.type, deepest.message) == ("KeyError", "'k'")
    assert frames(deepest) == [("inner", "inner.py", 3)]


def test_python_as_python_writes_it():
    def fail():
        try:
            {}["k"]
        except KeyError as error:
            raise ValueError("v") from error

    with pytest.raises(ValueError, match="v") as caught:
        fail()
    text = "".join(traceback.format_exception(caught.value))
    own, cause = parse_stack(text, "python")
    assert own.frames[0]["label"] == "fail"
    assert own.frames[0]["path"] == __file__
    assert cause.type == "KeyError"


@pytest.mark.parametrize("language", ["javascript", "nodejs", "webjs"])
def test_javascript(language):
    (own,) = parse_stack(JAVASCRIPT, language)
    assert frames(own) == [
        ("Object.<anonymous>", "/app/index.js", 12),
        ("async handler", "file:///app/server.mjs", 7),
        ("", "C:\\app\\win.js", 3),
        ("Array.forEach", "native", 0),
        ("new Promise", "<anonymous>", 0),
    ]


def test_dotnet():
    (own,) = parse_stack(DOTNET, "dotnet")
    assert frames(own) == [
        ("Shop.Cart.Add(String id)", "/src/Cart.cs", 17),
        ("System.Linq.Enumerable.First[T](IEnumerable`1 source)", "", 0),
    ]


def test_go():
    (own,) = parse_stack(GO, "go")
    assert frames(own) == [
        ("main.boom(0x1)", "/app/main.go", 20),
        ("main.main()", "/app/main.go", 12),
    ]


def test_an_unknown_language_has_no_frames():
    (own,) = parse_stack(JAVA, "cobol")
    assert own.frames == []


def test_long_stacks_are_cut_and_counted():
    text = "E\n" + "".join(f"\tat a.b{i}(A.java:{i})\n" for i in range(130))
    (own,) = parse_stack(text, "java")
    assert len(own.frames) == 100
    assert own.truncated == 30


@pytest.mark.parametrize("language", ["java", "python", "nodejs", "dotnet", "go"])
@pytest.mark.parametrize(
    "text", ["", "\n", "x" * 100_000, " at " + "(" * 50_000, "Caused by: ", "  File "]
)
def test_no_text_breaks_a_parser(text, language):
    assert parse_stack(text, language)
