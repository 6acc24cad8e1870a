"""Documents with receipts into the engine, and what the graph's tests ask of it."""

import itertools
import json

import msgspec

from fluoro.model.decode import decode_document
from fluoro.query.graph import get_service_graph
from fluoro.query.timeseries import get_time_series
from fluoro.store.roller import Roller
from fluoro.store.rows import flatten
from fluoro.store.writer import write
from query.graph_traces import BASE, MICRO

_stamps = itertools.count()


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, seconds=BASE):
        self.seconds = float(seconds)

    def __call__(self):
        return self.seconds


def put(engine, documents):
    """Store documents with the stamps they were received at."""
    texts, entities = [], []
    for document, received_us in documents:
        entity, text = decode_document(json.dumps(document).encode())
        rows = flatten(entity, received_us)
        texts.append([rows[0][0], received_us, text.decode()])
        entities += rows
    write(engine, texts, entities)


def put_at(engine, second, *documents):
    """Store documents received from a second after BASE on."""
    put(engine, [(d, (BASE + second) * MICRO + next(_stamps)) for d in documents])


def roll(engine, seconds):
    """Build all that is due at a time."""
    roller = Roller(engine, Clock(seconds))
    while roller.step():
        pass


def graph(engine, start_us, end_us, **arguments):
    """GetServiceGraph's answer, its edges in an order that can be compared."""
    request = {"StartTime": start_us / MICRO, "EndTime": end_us / MICRO}
    return in_order(get_service_graph(engine, request, **arguments))


def series(engine, request, *arguments):
    """GetTimeSeriesServiceStatistics' rows as a client reads them."""
    answer = get_time_series(engine, request, *arguments)
    return msgspec.to_builtins(answer["TimeSeriesServiceStatistics"])


def in_order(answer):
    """As a client reads it; edges of a node stand in no order that means anything."""
    answer = msgspec.to_builtins(answer)
    for service in answer["Services"]:
        service["Edges"].sort(key=lambda e: (e["ReferenceId"], e.get("EdgeType", "")))
    return answer
