"""The service graph, from documents through the engine, against a plain-Python one."""

import itertools
import json

import pytest
from graph_oracle import MICRO, service_graph
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluoro.model.decode import decode_document
from fluoro.model.errors import InvalidRequestError
from fluoro.query.graph import get_service_graph, get_trace_graph
from fluoro.store import rollups
from fluoro.store.roller import Roller
from fluoro.store.rows import flatten
from fluoro.store.writer import write

BASE = 1_790_000_000 // 86_400 * 86_400
numbers = itertools.count(1)


def entity_id():
    return f"{next(numbers):016x}"


def trace_id():
    return f"1-{BASE:08x}-{next(numbers):024x}"


def put(engine, documents):
    """Store documents with the stamps they were received at."""
    entities = []
    for document, received_us in documents:
        entity, _ = decode_document(json.dumps(document).encode())
        entities += flatten(entity, received_us)
    write(engine, [], entities)


def graph(engine, start_us, end_us, **arguments):
    request = {"StartTime": start_us / MICRO, "EndTime": end_us / MICRO}
    return in_order(get_service_graph(engine, request, **arguments))


def in_order(answer):
    """Edges of a node stand in no order that means anything."""
    for service in answer["Services"]:
        service["Edges"].sort(key=lambda e: (e["ReferenceId"], e.get("EdgeType", "")))
    return answer
