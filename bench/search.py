"""Filters on a store of 1,000,000 traces (nine million rows) over one hour.

The first page of 100 of each filter, by the `TraceId` clock; medians of fresh searches:
the engine's cache of conditions is off, so that no repeat is answered from memory.
Beside it one statement as somebody would write it by hand on the same store: it says
less (nothing of copies, clocks, who belongs to whom) and tells how fast the machine is.
Then the same with ten times as many traces outside the window, half of them before
and half after.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.median import median_ms
from bench.search_data import ROWS_PER_TRACE, add_documents, fill
from fluoro.filters.compile import compile_filter
from fluoro.filters.parser import parse
from fluoro.query.summaries import causes_of
from fluoro.store.engine import Engine
from fluoro.store.migrate import migrate
from fluoro.store.search import Search, search

FILTERS = {
    "": "true",
    "fault": "bitTest(flags, 13) AND bitTest(flags, 4)",
    'annotation.batch = "b-77"': """annotations['batch'] = '"b-77"'""",
    'service("auth") { fault }': "node_name = 'auth' AND bitTest(flags, 4)",
    'edge("api", "auth") { responsetime > 1 }': (
        "node_name = 'auth' AND end_us - start_us > 1000000 AND (trace_id, segment_id)"
        " IN (SELECT trace_id, id FROM entities WHERE name = 'api')"
    ),
    'http.url CONTAINS "/items/77"': "http_url LIKE '%/items/77%'",
    'rootcause.fault.exception { last and message = "expired" }': None,
    'service("nobody")': "node_name = 'nobody'",
    'annotation.nothing = "x"': """annotations['nothing'] = '"x"'""",
}
"""Filters, and what somebody would look for by hand: no row tells a root cause."""

BY_HAND = """
SELECT trace_id, min(start_us) AS at FROM entities
WHERE start_us >= {from_us:Int64} AND start_us < {until_us:Int64} AND %s
GROUP BY trace_id ORDER BY at DESC LIMIT 100
"""
HOUR_US = 3_600_000_000
FROM_US = 1_800_000_000_000_000
RUNS = 9


def main(argv=()):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--traces", type=int, default=1_000_000)
    parser.add_argument("--outside", type=int, default=10, help="times as many outside")
    parser.add_argument("--folder", type=Path, help="keep the store here")
    options = parser.parse_args(argv)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="fluoro-bench-"))
    engine = Engine(f"chdb://{folder}", "bench")
    try:
        run(engine, options.traces, options.outside)
    finally:
        engine.close()
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


def run(engine, traces, outside):
    fresh = migrate(engine) and not stored(engine)
    if fresh:
        fill(engine, traces, FROM_US, HOUR_US)
        add_documents(engine)
        engine.command("OPTIMIZE TABLE entities FINAL")
        settle(engine)
    alone = [measure(engine, text) for text in FILTERS]
    by_hand = [
        measure_by_hand(engine, condition) if condition else None
        for condition in FILTERS.values()
    ]
    crowded = None
    if outside:
        if fresh:
            half = traces * outside // 2
            span = HOUR_US * outside // 2
            fill(engine, half, FROM_US - span, span, first=10**9)
            fill(engine, half, FROM_US + HOUR_US, span, first=2 * 10**9)
            settle(engine)
        crowded = [measure(engine, text) for text in FILTERS]
    rows = ROWS_PER_TRACE * traces
    print(f"{traces:,} traces in the hour, {rows:,} rows; medians of {RUNS} runs\n")
    print(
        f"| filter | traces found | ms | SQL by hand, ms |"
        f" ms with {outside} times as many outside |"
    )
    print("|---|---|---|---|---|")
    for number, text in enumerate(FILTERS):
        found, spent = alone[number]
        hand = f"{by_hand[number]:.0f}" if by_hand[number] else ""
        more = f"{crowded[number][1]:.0f}" if crowded else ""
        print(f"| `{text or '(none)'}` | {found} | {spent:.0f} | {hand} | {more} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak resident memory of the process, filling included: {peak:,.0f} MB.")


def settle(engine):
    """Wait until what was just written is merged, and on the disk."""
    while engine.query("SELECT count() FROM system.merges")[0][0]:
        time.sleep(1)
    os.sync()


def stored(engine):
    return engine.query("SELECT count() FROM entities")[0][0] > 0


def measure(engine, text):
    """Return the traces found and the median milliseconds; the first run is warm-up."""
    uncached = Uncached(engine)
    condition = compile_filter(parse(text)) if text else None
    wanted = Search(
        FROM_US,
        FROM_US + HOUR_US,
        condition=condition,
        causes_of=partial(causes_of, engine),
    )

    def page():
        found = search(uncached, wanted)
        assert found.complete
        return found

    page()
    spent, found = median_ms(page, RUNS)
    return len(found.traces), spent


def measure_by_hand(engine, condition):
    """Return the median milliseconds of a statement by hand."""
    window = {"from_us": FROM_US, "until_us": FROM_US + HOUR_US}
    uncached = Uncached(engine)
    return median_ms(lambda: uncached.query(BY_HAND % condition, window), RUNS)[0]


class Uncached:
    """The engine without its cache of which granules a condition held in."""

    def __init__(self, engine):
        self._engine = engine
        self.insert = engine.insert

    def query(self, sql, parameters=None, settings=None):
        return self._engine.query(
            sql, parameters, {**(settings or {}), "use_query_condition_cache": 0}
        )


if __name__ == "__main__":
    main(sys.argv[1:])
