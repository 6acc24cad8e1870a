"""Reading among a million traces, and what a million documents cost in room.

BatchGetTraces of five random traces; acknowledged to readable on a calm server; disk a
document after merging; memory idle and after the million; a restart after SIGKILL.
"""

import random
import statistics
import time

from bench.client import Connection
from bench.ingest import send
from bench.load import Load
from bench.server import call, fluoro, memory_mb, metrics, wait_moved
from bench.sustained import FULL, fill
from fluoro.store.engine import Engine

CALLS = 200


def stored_bytes(folder):
    """Return the bytes on disk of a store that is closed.

    Without what merges have replaced: that stays for some minutes.
    """
    engine = Engine(f"chdb://{folder}/store")
    sql = (
        "SELECT sum(bytes_on_disk) FROM system.parts"
        " WHERE active AND database = {database:String}"
    )
    try:
        return engine.query(sql, {"database": engine.database})[0][0]
    finally:
        engine.close()


def readable_delays(port, count=60):
    """Return how long each of `count` calls takes from acknowledged to readable."""
    load, connection, delays = Load(seed=77), Connection(port), []
    for _ in range(count):
        payload, trace_ids = load.call()
        connection.put(payload)
        began = time.monotonic()
        while not call(port, "/Traces", {"TraceIds": trace_ids[-1:]})["Traces"]:
            time.sleep(0.002)
        delays.append(time.monotonic() - began)
        time.sleep(0.05)
    return sorted(delays)


def batch_get(port, trace_ids, count=CALLS):
    """Return the latencies of BatchGetTraces of five, in seconds."""
    rng, latencies = random.Random(3), []
    for _ in range(count):
        request = {"TraceIds": rng.sample(trace_ids, 5)}
        began = time.monotonic()
        found = call(port, "/Traces", request)["Traces"]
        latencies.append(time.monotonic() - began)
        assert len(found) == 5
    return sorted(latencies)


def main():
    with fluoro() as (port, process, folder):
        time.sleep(3)
        rows = [("memory idle, MB", memory_mb(process))]
        delays = readable_delays(port)
        rows.append(("acknowledged to readable, p50 ms", delays[30] * 1000))
        rows.append(("acknowledged to readable, p99 ms", delays[-1] * 1000))
        load, connection, trace_ids = Load(seed=78), Connection(port), []
        for _ in range(400):
            payload, ids = load.call()
            connection.put(payload)
            trace_ids += ids
        fill(port, FULL)
        rows.append(("memory after a million under load, MB", memory_mb(process)))
        latencies = batch_get(port, trace_ids)
        rows.append(
            ("BatchGetTraces of 5, median ms", statistics.median(latencies) * 1e3)
        )
        rows.append(("BatchGetTraces of 5, p99 ms", latencies[-2] * 1e3))
        time.sleep(30)  # merges settle
        stored = metrics(port)['fluoro_documents_stored_total{transport="http"}']
        process.terminate()
        process.wait()
        store = stored_bytes(folder)
        rows.append(("disk a document with everything about it, B", store / stored))
    rows.append(("restart after SIGKILL under load, s", restart()))
    print("| measure | figure |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value:,.1f} |")


def restart():
    """Return the median seconds from start to the first answer after a SIGKILL."""
    from bench import server

    took = []
    for _ in range(3):
        with server.fluoro() as (port, process, folder):
            send(port, 4, 2, 5)
            process.kill()
            process.wait()
            began = time.monotonic()
            options = (f"--data={folder}", f"--address=127.0.0.1:{port}")
            command = [*server.COMMAND, *options]
            with server.running(command, port, "/healthz"):
                took.append(time.monotonic() - began)
                wait_moved(port)
    return statistics.median(took)
