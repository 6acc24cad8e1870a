"""The service graph: how true its t-digests are, how fast answers are at what size.

Rows are made inside the engine. Each trace is four rows: a service, its call, the
service that answers, and that one's call to a table.
"""

import contextlib
import itertools
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from unittest import mock

import numpy as np

from bench.client import Connection
from bench.median import median_ms
from bench.server import call, fluoro
from fluoro.model.decode import decode_document
from fluoro.query.graph import get_service_graph
from fluoro.query.timeseries import get_time_series
from fluoro.server.background import repeating
from fluoro.server.run import ROLLER_PAUSE_SECONDS, calm_the_collector
from fluoro.store import kept
from fluoro.store.calls import NODE
from fluoro.store.digest import merge, read_digests
from fluoro.store.engine import Engine
from fluoro.store.graph import Selection, read_window
from fluoro.store.migrate import migrate
from fluoro.store.roller import Roller
from fluoro.store.rollups import COARSE_S
from fluoro.store.rows import flatten
from fluoro.store.statistics import COLUMNS, FROM_OBSERVATIONS, KEY
from fluoro.store.writer import write

MICRO = 1_000_000
HOUR_S = 3600
RUNS = 15
START_S = 1_790_000_000 // HOUR_S * HOUR_S

FILL = """
INSERT INTO entities (trace_id, id, parent_id, segment_id, document_id, version,
    received_us, start_us, end_us, flags, name, node_name, node_type)
WITH number + {base:UInt64} AS n,
    {start_us:Int64} + toInt64(number * ({span_us:Int64} / {traces:UInt64})) AS t,
    toInt64(exp(randNormal(0, 1.5, n)) * 10000) AS d, sipHash64(n) AS h,
    n % {services:UInt64} AS a,
    intDiv(n, {services:UInt64}) % {calls:UInt64} AS c,
    (a * 7 + 3 + c) % {services:UInt64} AS b,
    concat('service-', toString(a)) AS an, concat('service-', toString(b)) AS bn,
    'AWS::ECS::Container' AS ecs
SELECT toFixedString(unhex(concat(leftPad(hex(toUInt32(intDiv(t, 1000000))), 8, '0'),
        hex(sipHash64(n, 1)), leftPad(hex(toUInt32(n)), 8, '0'))), 16),
    r.1, r.2, r.3, r.3,
    bitOr(9223372036854775808, 4611686018427387903 - r.6), r.6, r.4, r.5, r.7, r.8, r.8,
    r.9
FROM numbers({traces:UInt64}) ARRAY JOIN [
    (h, toUInt64(0), h, t, t + d + 2000, t + d + 4000, 2, an, ecs),
    (h + 1, h, h, t + 500, t + d + 1500, t + d + 4000, 516, bn, 'remote'),
    (h + 2, h + 1, h + 2, t + 1000, t + d + 1000, t + d + 2000, 2, bn, ecs),
    (h + 3, h + 2, h + 2, t + 1100, t + d, t + d + 2000, 1028,
        concat('table-', toString(b)), 'AWS::DynamoDB::Table')
] AS r
"""


def fill(engine, traces, start_s, span_s, services, calls=1, at_once=50_000):
    parts = max(1, traces // at_once)
    for part in range(parts):
        parameters = {
            "traces": traces // parts,
            "base": part * (traces // parts),
            "start_us": (start_s + part * span_s // parts) * MICRO,
            "span_us": span_s // parts * MICRO,
            "services": services,
            "calls": calls,
        }
        engine.command(FILL, parameters)


def roll(engine, now_s):
    """Seconds that building all that is due takes."""
    roller = Roller(engine, lambda: now_s)
    began = time.perf_counter()
    while roller.step():
        pass
    return time.perf_counter() - began


def graph(engine, start_s, end_s):
    return get_service_graph(engine, {"StartTime": start_s, "EndTime": end_s})


def row(what, measured, aim=""):
    print(f"| {what} | {measured} | {aim} |", flush=True)


def first_and_again(ask, runs=RUNS):
    """What an answer takes while nothing is kept of the one before, and while it is.

    Returns the milliseconds of both, and the answer.
    """
    with mock.patch.object(kept, "KEPT_BYTES", 0):
        first, _ = median_ms(ask, runs)
    again, answer = median_ms(ask, runs)
    return f"{first:.0f} ms, again {again:.0f} ms", answer


DISTRIBUTIONS = {
    "lognormal over five decades": "exp(randNormal(0, 1) * 2.3) * 50",
    "bimodal": "if(rand(2) % 10 < 7, exp(randNormal(0, 0.3, 3)) * 5,"
    " exp(randNormal(0, 0.5, 4)) * 800)",
}

# 360 minutes of one service, as the roller makes them of observations.
LATENCIES = """
CREATE TABLE latencies ENGINE = MergeTree ORDER BY minute AS SELECT
    toUInt16(number % 360) AS minute, toInt64(1000 * ({expression})) AS us
FROM numbers({values})
"""

MINUTES = f"""
INSERT INTO graph_rollups (width_s, received_us, build, built_us, {COLUMNS})
SELECT 60, minute * {60 * MICRO} + {{start_us}}, 1, 1, {COLUMNS} FROM (
    SELECT minute, {KEY}, {FROM_OBSERVATIONS}, [] AS aliases FROM (
        SELECT minute, us AS response_us, us AS duration_us, 0 AS age_us,
            {NODE} AS kind, 'a' AS source_name, '' AS source_type, '' AS target_name,
            '' AS target_type, '' AS region, 0 AS flags, toInt64(0) AS base_us,
            true AS root, true AS reported
        FROM latencies
    ) AS o GROUP BY minute, {KEY})
"""

SHORT = "47 minutes answered"

LEVELS = {
    "an hour as stored": (60, 120),
    "6 hours answered": (0, 360),
    "5 hours 34 minutes, ends inside hours, answered": (13, 347),
    SHORT: (13, 60),
}


def truth(engine, values=4_000_000, runs=5):
    """Rank errors of what is stored and of what is answered over it."""
    for name, expression in DISTRIBUTIONS.items():
        errors = {}
        for _ in range(runs):
            roll_latencies(
                engine, LATENCIES.format(expression=expression, values=values)
            )
            for level, minutes in LEVELS.items():
                window = tuple(START_S * MICRO + 60 * MICRO * each for each in minutes)
                (entity,) = read_window(engine, window)
                digests = read_digests([entity.statistics.plain])
                if level != "an hour as stored":
                    digests = merge(digests)
                assert digests.weights.sum() == entity.statistics.ok
                found = rank_errors(engine, digests, minutes)
                errors.setdefault(level, []).append(found)
        for level, found in errors.items():
            middle, worst = np.median(found, axis=0), np.max(found, axis=0)
            shown = ", ".join(
                f"{m:.1e} ({w:.1e})" for m, w in zip(middle, worst, strict=True)
            )
            aim = "" if level == SHORT else "2e-4, 3e-5, 1e-5"
            row(f"rank errors, {name}, {level}", shown, aim)


def roll_latencies(engine, latencies):
    """Fill the minutes of six hours, and let the roller build the wider spans."""
    engine.command("DROP TABLE IF EXISTS latencies")
    engine.command(latencies)
    for table in ("graph_rollups", "graph_spans", "graph_state"):
        engine.command(f"TRUNCATE TABLE {table}")
    start_us, until_us = START_S * MICRO, (START_S + 6 * HOUR_S) * MICRO
    engine.command(MINUTES.format(start_us=start_us))
    engine.command(
        f"INSERT INTO graph_spans SELECT 60, {start_us} + number * {60 * MICRO}, 1, 1"
        " FROM numbers(360)"
    )
    state = ", ".join([str(until_us)] * 4)
    engine.command(f"INSERT INTO graph_state SELECT 0, {state}")
    starts = range(start_us, until_us, 60 * MICRO)
    for width_s in COARSE_S:
        Roller(engine, time.time).merge(width_s, starts, until_us, 1)


def rank_errors(engine, digests, minutes):
    """How far off p50, p99 and p99.9 are, drawn through the middles of centroids."""
    weights = digests.weights
    ranks = (np.cumsum(weights) - weights / 2) / weights.sum()
    errors = []
    for part in (0.5, 0.99, 0.999):
        estimate = float(np.interp(part, ranks, digests.means))
        below, among = engine.query(
            "SELECT countIf(us / 1000 < {at:Float64}), count() FROM latencies"
            " WHERE minute >= {from:UInt16} AND minute < {until:UInt16}",
            {"at": estimate, "from": minutes[0], "until": minutes[1]},
        )[0]
        errors.append(abs(below / among - part))
    return errors


def six_hours(engine):
    end_s = START_S + 6 * HOUR_S
    fill(engine, 2_500_000, START_S, 6 * HOUR_S, services=50)
    took = roll(engine, end_s + 600)
    row("rolling up 10 million rows", f"{10 / took:.2f} million rows/s")
    for name, shift in (("", 0), (", ends inside minutes", 17.3)):
        took, answer = first_and_again(
            lambda shift=shift: graph(engine, START_S + shift, end_s - shift)
        )
        assert len(answer["Services"]) == 150
        row(f"GetServiceGraph, 6 h, 10 million rows, 50 services{name}", took, "60 ms")
    selection = Selection((NODE,), "service-7", "AWS::ECS::Container")
    request = {"StartTime": START_S + 60, "EndTime": end_s + 60}
    took, answer = first_and_again(lambda: get_time_series(engine, request, selection))
    assert len(answer["TimeSeriesServiceStatistics"]) == 360
    row("one time series, 6 h", took, "50 ms")


TENFOLD = """
INSERT INTO graph_rollups
SELECT width_s, received_us, build, built_us, kind, source_name, source_type,
    target_name, target_type, 10 * any(r.ok), 10 * any(r.error), 10 * any(r.throttle),
    10 * any(r.fault), 10 * any(r.response_us), any(r.first_s), any(r.last_s),
    any(r.root), any(r.reported), any(r.region), any(r.aliases),
    CAST(arrayReduce('quantileTDigestState', arraySort(groupArray(
        toFloat32(exp(randNormal(0, 1.5, number)) * 10)))), 'String') AS plain,
    any(r.answered), any(r.lasted), any(r.age)
FROM (SELECT * FROM {source}.graph_rollups WHERE width_s = 60
    AND received_us >= {{from_us:Int64}} AND received_us < {{until_us:Int64}}) AS r
CROSS JOIN numbers(10000) AS n
WHERE number < 10 * (r.ok + r.error + r.throttle + r.fault)
GROUP BY width_s, received_us, build, built_us, kind, source_name, source_type,
    target_name, target_type
"""


def ten_times_six_hours(source, target):
    """Minutes with ten times the values, and hours built of them by the roller."""
    end_s = START_S + 6 * HOUR_S
    for minute in range(START_S, end_s, 120):
        window = {"from_us": minute * MICRO, "until_us": (minute + 120) * MICRO}
        target.command(TENFOLD.format(source=source.database), window)
    target.command(
        f"INSERT INTO graph_spans SELECT * FROM {source.database}.graph_spans"
        " WHERE width_s = 60"
    )
    target.command(
        f"INSERT INTO graph_state SELECT * FROM {source.database}.graph_state"
    )
    roller = Roller(target, lambda: end_s)
    starts = set(range(START_S * MICRO, end_s * MICRO, 600 * MICRO))
    for width_s in (600, 3600):
        roller.merge(width_s, starts, end_s * MICRO, 0)
    took, answer = first_and_again(lambda: graph(target, START_S, end_s))
    calls = sum(
        service["SummaryStatistics"]["TotalCount"]
        for service in answer["Services"]
        if service["SummaryStatistics"]
    )
    row(f"the same with rollups of 100 million rows ({calls:,} requests at nodes)",
        took, "1.5 times")  # fmt: skip


def many_services(engine):
    """2,000 services, 6,000 edges, an hour."""
    fill(engine, 300_000, START_S, HOUR_S, services=1000, calls=4)
    roll(engine, START_S + 2 * HOUR_S)
    took, answer = first_and_again(lambda: graph(engine, START_S, START_S + HOUR_S), 7)
    nodes = [s for s in answer["Services"] if s["Type"] != "client"]
    edges = sum(len(s["Edges"]) for s in answer["Services"])
    bins = sum(
        len(e["ResponseTimeHistogram"]) for s in answer["Services"] for e in s["Edges"]
    )
    row(f"a graph of {len(nodes):,} nodes, {edges:,} edges, {bins:,} bins on these",
        took, "500 ms")  # fmt: skip


def documents(number):
    """Segments that call and segments that answer, one after the other, decoded."""
    now = time.time()
    rows = []
    for each in range(number // 2):
        caller, callee = f"service-{each % 50}", f"service-{(each + 7) % 50}"
        call, asked = secrets.token_hex(8), secrets.token_hex(8)
        inner = subsegment(asked, f"table-{each % 50}", now + 0.003, now + 0.01)
        outer = subsegment(call, callee, now + 0.001, now + 0.018)
        rows += [
            decode_document(json.dumps(document).encode())[0]
            for document in (
                segment(caller, now, now + 0.02, outer),
                segment(callee, now + 0.002, now + 0.017, inner) | {"parent_id": call},
            )
        ]
    renew(rows)
    return rows


def segment(name, start, end, call):
    return {"id": secrets.token_hex(8), "trace_id": f"1-{0:08x}-{0:024x}", "name": name,
            "start_time": start, "end_time": end, "subsegments": [call]}  # fmt: skip


def subsegment(number, name, start, end):
    return {"id": number, "name": name, "start_time": start, "end_time": end,
            "namespace": "remote"}  # fmt: skip


def store(engine, decoded, waiting):
    """Insert as the mover does, and let the roller know what waits meanwhile."""
    stamp = waiting[0] = time.time_ns() // 1000
    rows = []
    for number, entity in enumerate(decoded):
        rows += flatten(entity, stamp + number)
    write(engine, [], rows)
    waiting[0] = None


@contextlib.contextmanager
def rolling(engine, waiting):
    """Roll up as the server does until the block ends."""
    roller = Roller(engine, time.time, lambda: waiting[0], lambda: waiting[0])
    with repeating("roller", roller.step, ROLLER_PAUSE_SECONDS):
        yield


def newest_minute(engine, rate=10_000, seconds=75):
    """The last minute asked for while documents come in and are rolled up."""
    stop = threading.Event()
    batches = [documents(rate // 4) for _ in range(4)]
    sent, waiting = [], [None]

    def feed():
        due = time.monotonic()
        while not stop.is_set():
            batch = batches[len(sent) % 4]
            renew(batch)
            store(engine, batch, waiting)
            sent.append(len(batch))
            due += 0.25
            time.sleep(max(0, due - time.monotonic()))

    feeder = threading.Thread(target=feed)
    began = time.monotonic()
    feeder.start()
    with rolling(engine, waiting):
        time.sleep(seconds)
        ms, answer = median_ms(lambda: graph(engine, time.time() - 60, time.time()), 20)
        fed = sum(sent) / (time.monotonic() - began)
        stop.set()
        feeder.join()
    assert len(answer["Services"]) == 150
    row(f"the newest minute while {fed:,.0f} documents/s come in", f"{ms:.0f} ms",
        "150 ms")  # fmt: skip


def cost_to_ingest(engine, seconds=12, runs=6):
    """Documents a second into the store as fast as they go, without and with rollups.

    With them the roller has caught up and got into its pace before: of a run it does
    as much as comes in. Each such run is held against those before and after it.
    """
    batch, waiting = documents(5000), [None]

    def rate(seconds):
        began, stored = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            renew(batch)
            store(engine, batch, waiting)
            stored += len(batch)
        return stored / (time.monotonic() - began)

    without, with_rollups = [rate(seconds)], []
    for _ in range(runs):
        roll(engine, time.time())
        with rolling(engine, waiting):
            rate(seconds)
            with_rollups.append(rate(seconds))
        without.append(rate(seconds))
    beside = [sum(pair) / 2 for pair in itertools.pairwise(without)]
    costs = [1 - w / b for w, b in zip(with_rollups, beside, strict=True)]
    row(f"rollups' cost to ingest at {statistics.median(without):,.0f} documents/s",
        f"{statistics.median(costs):.1%} ({min(costs):.0%} to {max(costs):.0%})",
        "10 %")  # fmt: skip


def renew(batch):
    """Give each two documents a trace of their own."""
    for caller, callee in zip(batch[::2], batch[1::2], strict=True):
        trace = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
        caller.trace_id = callee.trace_id = trace


def shown(what, rate, calls=100):
    """From an acknowledged write until GetServiceGraph of the last minute shows it.

    Each call names a service of its own; others send `rate` documents a second.
    """
    delays = []
    with fluoro() as (port, _, _), sending(port, rate):
        time.sleep(15 if rate else 3)
        connection = Connection(port)
        for number in range(calls):
            name, now = f"new-{number}", time.time()
            trace = f"1-{int(now):08x}-{secrets.token_hex(12)}"
            document = {"id": secrets.token_hex(8), "trace_id": trace, "name": name,
                        "start_time": now, "end_time": now + 0.01}  # fmt: skip
            body = json.dumps({"TraceSegmentDocuments": [json.dumps(document)]})
            status, _ = connection.put(body.encode())
            assert status == 200
            began = time.monotonic()
            while not in_graph(port, name):
                time.sleep(0.005)
            delays.append(time.monotonic() - began)
            time.sleep(0.1)
    p50, p99 = np.quantile(delays, (0.5, 0.99))
    row(f"acknowledged to shown in the graph, {what}, p50 / p99 of {calls}",
        f"{p50:.2f} / {p99:.2f} s", "p99 2 s")  # fmt: skip


def in_graph(port, name):
    """Whether the last minute's graph has a node."""
    request = {"StartTime": time.time() - 60, "EndTime": time.time() + 1}
    answer = call(port, "/ServiceGraph", request)
    return any(service["Name"] == name for service in answer["Services"])


@contextlib.contextmanager
def sending(port, rate):
    """Send documents at a pace from a process beside."""
    if not rate:
        yield
        return
    command = [sys.executable, "-m", "bench.client", port, 1, 3600, 5, f"rate={rate}"]
    client = subprocess.Popen([str(part) for part in command])
    try:
        yield
    finally:
        client.kill()
        client.wait()


def main():
    calm_the_collector()  # as the server does
    print("| What | Measured | Aim |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        dsn = f"chdb://{folder}"
        engines = {
            name: Engine(dsn, name) for name in ("truth", "rows", "tenfold", "many")
        }
        for engine in engines.values():
            migrate(engine)
        truth(engines["truth"])
        six_hours(engines["rows"])
        ten_times_six_hours(engines["rows"], engines["tenfold"])
        many_services(engines["many"])
        newest_minute(engines["truth"])
        cost_to_ingest(engines["tenfold"])
        for engine in engines.values():
            engine.close()
    shown("calm", 0)
    shown("while 4,000 documents/s come in", 4_000)


if __name__ == "__main__":
    main()
