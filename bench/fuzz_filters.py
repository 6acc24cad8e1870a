"""Ten minutes of fuzzing: the parser, the compiler, and the SQL it writes.

Random texts from the language's own words, mutations of valid expressions, and long
ones. Nothing may crash, no statement may fail, and twice the length may not take much
more than twice the time. `--seconds` and `--seed` repeat a run.
"""

import argparse
import json
import random
import shutil
import tempfile
import time
from dataclasses import replace
from functools import partial

from fluoro.filters.compile import compile_filter
from fluoro.filters.complete import complete
from fluoro.filters.explain import explain
from fluoro.filters.keywords import ALIASES, COMPLEX, KEYWORDS, OPERATORS, Type
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError
from fluoro.model.decode import decode_document
from fluoro.model.limits import FILTER_LENGTH_MAX
from fluoro.query.summaries import causes_of
from fluoro.store.engine import Engine
from fluoro.store.migrate import migrate
from fluoro.store.rows import flatten
from fluoro.store.search import Search, search
from fluoro.store.writer import write

FROM_US = 1_790_000_000_000_000

WORDS = (
    *KEYWORDS,
    *COMPLEX,
    *ALIASES,
    *OPERATORS[Type.ANY],
    *("AND", "OR", "NOT", "!", "(", ")", "{", "}", ",", ":", "[", "]", "#", '"', "id"),
    *(
        "annotation.k",
        "annotation[a.b]",
        "source.annotation.x",
        "true",
        "false",
        "name:",
    ),
    *(
        '"a"',
        '""',
        '"\\n\\t\\u0000\\"\\\\"',
        '"é🙂"',
        '"%_\'`{f0:String}"',
        "1",
        "-2.5e3",
    ),
    *("1e308", "-0", "0.1", '#[{"Services":[{"Name":"a","EntityPath":[{}]}]}]', "#[]"),
    *("\n", "\t", " ", "\\", "\x00", "\ud7ff", "'", "`", ";", "--", "/*"),
)
VALID = (
    'service("a") { fault and responsetime > 2 or !root }',
    'edge("a", id(type:"t")) { source.annotation.k = "x" or destination.annotation.k }',
    'annotation.k = 5 and !annotation[a.b] and annotation.z CONTAINS "q"',
    'rootcause.fault.exception { last and message = "m" }',
    "rootcause.responsetime.entity { coverage > 0.5 and (first or index < 3) }",
    'rootcause.json = #[{"ClientImpacting":true,"Services":[{"Names":["a","b"]}]}]',
    'http.url BEGINSWITH "http" and user and duration < 5 and partial or inferred',
)


def make(source):
    """Return a random text, most of them nearly valid."""
    kind = source.randrange(4)
    if kind == 0:
        return " ".join(source.choices(WORDS, k=source.randrange(1, 25)))
    if kind == 1:
        return "".join(
            chr(source.choice((source.randrange(128), source.randrange(9000))))
            for _ in range(source.randrange(40))
        )
    text = source.choice(VALID)
    if kind == 2:
        connective = source.choice((" AND ", " OR ", " "))
        return connective.join(source.choices(VALID, k=source.randrange(1, 6)))
    for _ in range(source.randrange(1, 4)):
        at = source.randrange(len(text) + 1)
        cut = at + source.randrange(4)
        text = text[:at] + source.choice((*WORDS, "")) + text[cut:]
    return text


def check(text, ask):
    """Parse, explain, complete and ask; return whether the text was valid."""
    explain(text)
    complete(text, len(text) // 2)
    try:
        expression = parse(text)
    except FilterError as error:
        if error.line < 1 or not 0 <= error.offset <= len(text):
            raise AssertionError(f"misplaced: {error}") from error
        return False
    ask(expression)
    return True


def asker(engine):
    """Return what runs the compiled SQL: as it is, and over every trace."""

    def ask(expression):
        if "Group(" in repr(expression):
            return
        condition = compile_filter(expression)
        for asked in (condition, replace(condition, need=None)):
            wanted = Search(
                FROM_US,
                FROM_US + 1_000_000,
                condition=asked,
                causes_of=partial(causes_of, engine),
            )
            search(engine, wanted)

    return ask


def put(engine):
    """Store a trace with a bit of everything."""
    part = {
        "id": "b" * 16,
        "name": "a",
        "namespace": "remote",
        "start_time": FROM_US / 1e6 + 0.1,
        "end_time": FROM_US / 1e6 + 0.9,
        "annotations": {"k": 5, "a.b": "q"},
        "fault": True,
        "cause": {"exceptions": [{"id": "d" * 16, "type": "E", "message": "m"}]},
    }
    document = {**part, "id": "a" * 16, "user": "u", "subsegments": [part]}
    document |= {"trace_id": "1-6ab15180-" + "c" * 24, "start_time": FROM_US / 1e6}
    entity, text = decode_document(json.dumps(document).encode())
    rows = [list(row) for row in flatten(entity, FROM_US)]
    write(engine, [[rows[0][0], FROM_US, text.decode()]], rows)


def linear():
    """Compare the time of long texts with that of texts twice as long."""
    for piece in (
        '"',
        "(",
        "!",
        "a.",
        "fault ",
        '"\\u0041" ',
        "#[",
        "annotation[",
        "1",
    ):
        spent = []
        for length in (FILTER_LENGTH_MAX // 2, FILTER_LENGTH_MAX):
            text = (piece * length)[:length]
            began = time.perf_counter()
            for _ in range(5):
                check(text, lambda _: None)
            spent.append(time.perf_counter() - began)
        print(f"{piece!r:15} {spent[0] / 5 * 1e3:8.2f} ms {spent[1] / 5 * 1e3:8.2f} ms")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    folder = tempfile.mkdtemp(prefix="fluoro-fuzz-")
    engine = Engine(f"chdb://{folder}", "fuzz")
    try:
        migrate(engine)
        put(engine)
        source, ask = random.Random(options.seed), asker(engine)
        deadline, tried, valid = time.monotonic() + options.seconds, 0, 0
        while time.monotonic() < deadline:
            text = make(source)
            try:
                valid += check(text, ask)
            except Exception:
                print(f"after {tried} texts: {text!r}")
                raise
            tried += 1
        print(f"{tried:,} texts, {valid:,} of them valid: no crash, no SQL error")
        linear()
    finally:
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
