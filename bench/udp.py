"""Datagrams a second for a minute without loss.

A sender on the same cores holds a rate; the ledger says how many ended as stored and
how many the kernel dropped. The highest rate without a drop counts.
"""

import json
import socket
import subprocess
import sys
import time

from bench.load import Load
from bench.server import fluoro, metrics, wait_moved

HEADER = b'{"format":"json","version":1}\n'
SECONDS = 60
RATES = (10_000, 20_000, 30_000, 40_000)


def sender(port, rate, seconds):
    """Send at `rate` for `seconds`, in ticks of 5 ms; print how many went out."""
    load, target = Load(seed=5), ("127.0.0.1", port)
    pool = [HEADER + text.encode() for _ in range(200) for text in load.documents()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        began, sent = time.monotonic(), 0
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(rate * elapsed)
            while sent < due:
                out.sendto(pool[sent % len(pool)], target)
                sent += 1
            time.sleep(0.002)
    print(sent)


def main():
    print("| offered/s | sent | taken in | kernel drops | other drops |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        with fluoro() as (port, _, _):
            run = subprocess.run(
                [sys.executable, "-m", "bench.udp", str(port), str(rate), str(SECONDS)],
                capture_output=True,
                text=True,
                check=True,
            )
            time.sleep(1)
            wait_moved(port)
            found = metrics(port)
            ended = sum(
                found.get(f'fluoro_documents_{name}_total{{transport="udp"}}', 0)
                for name in ("stored", "merged")
            )
            drops = {k: v for k, v in found.items() if "_dropped_total" in k}
            kernel = sum(v for k, v in drops.items() if "kernel" in k)
            other = sum(drops.values()) - kernel
            sent = json.loads(run.stdout)
            figures = (rate, sent, ended, kernel, other)
            print("| " + " | ".join(f"{n:,.0f}" for n in figures) + " |", flush=True)


if __name__ == "__main__":
    sender(*(int(a) for a in sys.argv[1:4]))
