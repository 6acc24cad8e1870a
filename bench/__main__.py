"""`python -m bench [NAME ...]`: run benches and print their tables.

Without a name, all of them. Each is a module of this folder with a `main(argv)`.
"""

import importlib
import sys

BENCHES = {
    "ingest": "documents in over HTTP, acknowledged and synced; moto beside it",
    "sustained": "a minute of it with everything readable, empty and at a million",
    "udp": "datagrams a second for a minute without loss",
    "otlp": "spans in over OTLP/HTTP, acknowledged and synced",
    "search": "filters on a million traces, and with ten times as many outside",
    "graph": "the service graph: t-digests' truth, answers' and rollups' time",
    "console": "the console in chromium: map, trace, list, first load",
    "reading": "acknowledged to readable, BatchGetTraces, disk, memory, restart",
}


def main():
    names = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        lines = "\n".join(f"  {name:12} {text}" for name, text in BENCHES.items())
        sys.exit(f"no bench is called {', '.join(unknown)}; there are\n{lines}")
    for name in names:
        print(f"\n## {name}: {BENCHES[name]}\n", flush=True)
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
