"""Ten minutes of fuzzing: the parser, the compiler, and the SQL it writes.

Random expressions by the grammar, texts that were cut, flipped and spliced, and long
ones. Nothing may crash, an error must lie in its text, and every valid expression runs
over stored traces by each clock: no statement may fail, the necessary condition must
not lose a trace, and an expression and its negation must part the traces between them.
Twice the length may not take much more than twice the time. `--seconds` and `--seed`
repeat a run.
"""

import argparse
import itertools
import json
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import replace
from functools import partial

from bench.fuzz_texts import GROUPS, Texts
from fluoro.filters.compile import compile_filter, compile_selectors
from fluoro.filters.complete import complete
from fluoro.filters.explain import explain
from fluoro.filters.groups import expand_groups
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError, Not
from fluoro.model.decode import decode_document
from fluoro.model.limits import FILTER_LENGTH_MAX
from fluoro.query.summaries import causes_of
from fluoro.shop.load import traffic
from fluoro.store.engine import Engine
from fluoro.store.matched import read_matched
from fluoro.store.migrate import migrate
from fluoro.store.rows import flatten
from fluoro.store.search import Search, search
from fluoro.store.writer import write

BASE = 1_790_000_000
WINDOW_US = BASE * 1_000_000, (BASE + 60) * 1_000_000
CLOCKS = ("TraceId", "Event", "Service")
TRACES = 12
LONG = ('"', "(", "!", "a.", "fault ", '"\\u0041" ', "#[", "annotation[", "1", "\n")


def check(text, ask):
    """Parse, explain, complete and ask; return whether the text was valid."""
    json.dumps(explain(text))
    for position in (0, len(text) // 2, len(text)):
        complete(text, position)
    try:
        expression = expand_groups(parse(text), GROUPS)
    except FilterError as error:
        if error.line < 1 or not 0 <= error.offset <= len(text):
            raise AssertionError(f"misplaced: {error}") from error
        return False
    ask(expression)
    return True


class Asker:
    """Runs expressions over the stored traces, each by the next clock."""

    def __init__(self, engine):
        self._engine = engine
        self._clocks = itertools.cycle(CLOCKS)

    def ask(self, expression):
        clock = next(self._clocks)
        ended = clock == "Service"
        condition = compile_filter(expression, ended_in_window=ended)
        found = self._find(condition, clock)
        if found != self._find(replace(condition, need=None), clock):
            raise AssertionError(f"the necessary condition loses traces by {clock}")
        others = self._find(
            compile_filter(Not(expression), ended_in_window=ended), clock
        )
        if found & others or found | others != self._find(None, clock):
            raise AssertionError(f"the negation is no complement by {clock}")
        selectors = compile_selectors(expression) if ended else None
        if selectors:
            read_matched(self._engine, selectors, WINDOW_US, list(found))

    def _find(self, condition, clock):
        wanted = Search(
            *WINDOW_US,
            clock=clock,
            condition=condition,
            causes_of=partial(causes_of, self._engine),
        )
        return {position.trace_id for position in search(self._engine, wanted).traces}


def odd():
    """Return a trace with what the shop has not: orphans, odd texts, parts alone."""
    part = {
        "name": "api",
        "namespace": "remote",
        "start_time": BASE + 0.1,
        "end_time": BASE + 0.9,
        "annotations": {"k": 5, "a.b": "q", "é": True, "k'`{": 'q"uo\\te\n\t'},
        "fault": True,
        "cause": {"exceptions": [{"id": "d" * 16, "type": "E", "message": "m"}]},
    }
    root = part | {"id": "a" * 16, "user": "é🙂", "start_time": float(BASE)}
    root["subsegments"] = [part | {"id": "b" * 16}]
    alone = part | {"id": "c" * 16, "parent_id": "a" * 16, "type": "subsegment"}
    orphan = part | {"id": "e" * 16, "parent_id": "f" * 16, "type": "subsegment"}
    below = part | {"id": "1" * 16, "parent_id": "c" * 16, "origin": "AWS::ECS"}
    trace_id = f"1-{BASE:08x}-{'c' * 24}"
    return [each | {"trace_id": trace_id} for each in (root, alone, orphan, below)]


def put(engine):
    """Store some of the shop's traces and the odd one."""
    shop = itertools.islice(traffic(1, BASE + 1, 1.0), TRACES)
    documents = [document for trace in shop for _, document in trace.sent]
    texts, rows = [], []
    for number, document in enumerate([*odd(), *documents]):
        entity, text = decode_document(json.dumps(document).encode())
        flat = flatten(entity, WINDOW_US[0] + number * 1_000)
        rows += [list(row) for row in flat]
        texts.append([flat[0][0], flat[0][6], text.decode()])
    write(engine, texts, rows)


def linear():
    """Compare the time of long texts with that of texts twice as long."""
    for piece in LONG:
        half, whole = (
            min(_milliseconds((piece * length)[:length]) for _ in range(5))
            for length in (FILTER_LENGTH_MAX // 2, FILTER_LENGTH_MAX)
        )
        print(f"{piece!r:15} {half:8.2f} ms {whole:8.2f} ms")


def _milliseconds(text):
    began = time.perf_counter()
    check(text, lambda _: None)
    return (time.perf_counter() - began) * 1e3


def fuzz(texts, ask, seconds):
    """Check texts for so long; print what broke and how often."""
    deadline, tried, valid = time.monotonic() + seconds, 0, 0
    broken = Counter()
    while time.monotonic() < deadline:
        text = texts.make()
        try:
            valid += check(text, ask)
        except Exception as error:  # noqa: BLE001 - the run goes on
            kind = f"{type(error).__name__}: {str(error)[:120]}"
            if not broken[kind]:
                print(f"after {tried:,} texts: {text!r}\n    {kind}", flush=True)
            broken[kind] += 1
        tried += 1
    print(f"{tried:,} texts, {valid:,} of them valid, {broken.total():,} broke")
    return broken.total()


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
        broken = fuzz(Texts(options.seed), Asker(engine).ask, options.seconds)
        linear()
    finally:
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
