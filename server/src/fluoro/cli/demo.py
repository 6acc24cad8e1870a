"""`fluoro demo`: a made-up web shop's traffic, for something to look at."""

import heapq
import json
import math
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from typing import Protocol

import click

from fluoro.cli.client import Client, server_option
from fluoro.cli.failure import Exit
from fluoro.cli.output import clean, message
from fluoro.cli.send import put
from fluoro.cli.times import LengthOfTime
from fluoro.model.limits import DOCUMENTS_PER_CALL_MAX
from fluoro.shop.load import Trace, traffic
from fluoro.shop.recorder import Document

TICK_SECONDS = 0.2
ONCE_SPACING_SECONDS = 0.2
"""Traces sent at once pretend to have come one after another, this far apart."""


class Way(Protocol):
    """A way to the server; returns how many documents of a batch it refused."""

    def __call__(self, batch: Sequence[str]) -> int:
        """Send at most 50 documents."""


@click.command()
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="Visitors a second; each is a trace of about four segments.",
)
@click.option(
    "--duration", type=LengthOfTime(), help="Stop after this: 30s, 10m. Default: never."
)
@click.option("--seed", type=int, help="The same seed sends the same traffic.")
@click.option(
    "--once",
    type=click.IntRange(min=1),
    metavar="N",
    help="Send N traces of the last minutes at once, and stop.",
)
@click.option("--udp", is_flag=True, help="Send datagrams, as X-Ray's SDKs do.")
@server_option
def demo(
    client: Client,
    rate: float,
    duration: float | None,
    seed: int | None,
    once: int | None,
    udp: bool,
) -> None:
    """Send the traffic of a made-up web shop, until Ctrl-C.

    A gateway, a storefront, auth, orders, payments, inventory, a queue's worker and a
    Lambda function, with errors, throttles, faults and slow tails. One card network is
    slow, and an annotation says so: compare the slow orders with the others.
    """
    seed = random.randrange(2**31) if seed is None else seed  # noqa: S311
    client.request("GET", "/healthz")
    with datagrams(client) if udp else requests(client) as way:
        if once:
            sent, refused = send_once(way, seed, once)
        else:
            message(f"Sending {rate:g} visitors a second to {client.url}. Ctrl-C ends.")
            sent, refused = send_steadily(way, seed, rate, duration)
    click.echo(f"{sent} documents sent, {refused} of them refused; seed {seed}.")
    if refused:
        raise click.exceptions.Exit(Exit.REFUSED)


def send_once(way: Way, seed: int, traces: int) -> tuple[int, int]:
    """Send `traces` traces that ended by now; return documents sent and refused."""
    rate = 1 / ONCE_SPACING_SECONDS
    trial = islice(traffic(seed, 0.0, rate), traces)
    latest = max(at for trace in trial for at, _ in trace.sent)
    made = islice(traffic(seed, time.time() - latest, rate), traces)
    return _deliver(way, [document for trace in made for _, document in trace.sent])


def send_steadily(
    way: Way, seed: int, rate: float, duration: float | None
) -> tuple[int, int]:
    """Send each document when its time has come, until `duration` or Ctrl-C."""
    start = time.time()
    sent = refused = 0
    with interruptible() as interrupted:
        for due in in_time(traffic(seed, start, rate), start, duration, interrupted):
            new_sent, new_refused = _deliver(way, due)
            sent, refused = sent + new_sent, refused + new_refused
        if interrupted():
            message("")
    return sent, refused


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Give what says whether Ctrl-C was pressed; pressed again, it ends at once.

    So what is under way is sent and counted, and an interrupt counts as well where a
    shell has started this in the background, ignoring it.
    """
    pressed = False

    def interrupt(*_: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def in_time(
    traces: Iterator[Trace],
    start: float,
    duration: float | None,
    interrupted: Callable[[], bool],
) -> Iterator[list[Document]]:
    """Yield what is due, a few times a second.

    After `duration` seconds nobody new arrives, and the last ones are seen out.
    """
    waiting: list[tuple[float, int, Document]] = []
    numbers = count()
    end = math.inf if duration is None else start + duration
    trace = next(traces)
    while True:
        now = time.time()
        while trace.arrival <= min(now, end):
            for at, document in trace.sent:
                heapq.heappush(waiting, (at, next(numbers), document))
            trace = next(traces)
        due = []
        while waiting and waiting[0][0] <= now:
            due.append(heapq.heappop(waiting)[2])
        yield due
        if interrupted() or (now >= end and not waiting):
            return
        time.sleep(TICK_SECONDS)


def _deliver(way: Way, documents: Sequence[Document]) -> tuple[int, int]:
    """Send documents in batches; return how many, and how many were refused."""
    texts = [json.dumps(document) for document in documents]
    refused = sum(
        way(texts[first : first + DOCUMENTS_PER_CALL_MAX])
        for first in range(0, len(texts), DOCUMENTS_PER_CALL_MAX)
    )
    return len(texts), refused


@contextmanager
def requests(client: Client) -> Iterator[Way]:
    """Give the way over HTTP, which says what was refused."""

    def way(batch: Sequence[str]) -> int:
        refused = list(put(client, batch))
        for refusal in refused:
            message(f"Refused {clean(refusal['Name'])}: {clean(refusal['Message'])}")
        return len(refused)

    yield way


@contextmanager
def datagrams(client: Client) -> Iterator[Way]:
    """Give the way over UDP, which says nothing."""
    import socket

    found = socket.getaddrinfo(client.host, client.port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as sender:
        sender.connect(address)

        def way(batch: Sequence[str]) -> int:
            for text in batch:
                sender.send(b'{"format":"json","version":1}\n' + text.encode())
            return 0

        yield way
