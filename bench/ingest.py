"""Documents a second over HTTP on 1, 4 and 16 connections, beside moto.

Fifty documents of about 1.35 KB a call; the client runs on the same two cores. An
answer of Fluoro's means synced to disk, moto keeps what it gets in memory. Runs
alternate, so that both meet the same machine; figures are medians.
"""

import json
import statistics
import subprocess
import sys

from bench.server import fluoro, moto

CONNECTIONS = (1, 4, 16)
SECONDS = 6
RUNS = 3


def send(port, connections, seconds=SECONDS, seed=1, *more):
    """Run the client and return what it prints."""
    command = [sys.executable, "-m", "bench.client"]
    arguments = [str(a) for a in (port, connections, seconds, seed, *more)]
    run = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=True
    )
    result = json.loads(run.stdout)
    result["rate"] = result["documents"] / result["seconds"]
    return result


def main():
    ours = {n: [] for n in CONNECTIONS}
    theirs = []
    for run in range(RUNS):
        for connections in CONNECTIONS:
            with fluoro() as (port, _, _):
                send(port, connections, 1)
                ours[connections].append(send(port, connections, SECONDS, run + 2))
        with moto() as (port, _):
            theirs.append(send(port, 1, SECONDS, run + 2, "moto"))
    moto_rate = statistics.median(r["rate"] for r in theirs)
    print("| server | connections | documents/s | p50 ms | p99 ms | to moto |")
    print("|---|---|---|---|---|---|")
    for connections, results in ours.items():
        _row("Fluoro", connections, results, moto_rate)
    _row("moto", 1, theirs, moto_rate)


def _row(server, connections, results, moto_rate):
    rate, p50, p99 = (
        statistics.median(r[key] for r in results)
        for key in ("rate", "p50_ms", "p99_ms")
    )
    print(
        f"| {server} | {connections} | {rate:,.0f} | {p50:.1f} | {p99:.1f} |"
        f" {rate / moto_rate:.1f} |"
    )
