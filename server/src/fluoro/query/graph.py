"""GetServiceGraph and GetTraceGraph: entities with statistics become X-Ray's nodes.

Recorded: `Services` are sorted by name, each client directly after its service, and
numbered in that order; an edge hangs on its source. A node that is known in the window
by an edge alone stands there with zeros.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fluoro.model.errors import InvalidRequestError
from fluoro.model.ids import parse_any_trace_id
from fluoro.query.histogram import NOTHING, Histograms, histograms, summary
from fluoro.query.window import window_of
from fluoro.store.calls import CLIENT, LINK, NODE
from fluoro.store.engine import Engine
from fluoro.store.graph import Entity, read_documents_graph, read_traces, read_window
from fluoro.store.rollups import Traces

Request = Mapping[str, Any]
Answer = dict[str, Any]
Name = tuple[str, str, bool]
"""A node: name, type, and whether it is the client of the service so named."""


def get_service_graph(
    engine: Engine,
    request: Request,
    traces: Traces | None = None,
    hours_max: float | None = None,
) -> Answer:
    """Answer GetServiceGraph: what was received from StartTime until EndTime.

    Both are epoch seconds. `traces` are the members of the request's group, None for
    all; `hours_max` bounds the window. Raises InvalidRequestError and EngineError.
    """
    if request.get("NextToken"):
        raise InvalidRequestError("NextToken is currently not supported")
    entities = read_window(engine, window_of(request, hours_max), traces)
    nodes = _nodes(entities)
    firsts = [node.first_s for node in nodes]
    lasts = [node.last_s for node in nodes]
    return {
        "StartTime": float(min(firsts)) if firsts else None,
        # Recorded: the last start's second, although nodes end one later.
        "EndTime": float(max(lasts)) if lasts else None,
        "Services": _services(nodes, timed=True),
        "ContainsOldGroupVersions": False,
        "NextToken": None,
    }


def get_trace_graph(engine: Engine, request: Request) -> Answer:
    """Answer GetTraceGraph for one trace.

    Raises InvalidRequestError and EngineError.
    """
    if request.get("NextToken"):
        raise InvalidRequestError("NextToken is currently not supported")
    ids = request["TraceIds"]
    if not ids:
        raise InvalidRequestError("Zero trace ids provided")
    if len(ids) > 1:
        raise InvalidRequestError("Currently only one trace Id is supported")
    try:
        trace_id = parse_any_trace_id(ids[0])
    except ValueError:
        raise InvalidRequestError("Invalid traceId. ErrorCode: InvalidId") from None
    entities = read_traces(engine, [trace_id])
    if entities is None:
        raise InvalidRequestError("Trace id not found")
    return {"Services": _services(_nodes(entities), timed=False), "NextToken": None}


def services_of(engine: Engine, trace_ids: Sequence[bytes]) -> list[Answer]:
    """Return the nodes of the graph of given traces, indexed or not.

    Raises EngineError.
    """
    return _services(_nodes(read_documents_graph(engine, trace_ids)), timed=False)


class _Seen(NamedTuple):
    """An entity and its histograms."""

    entity: Entity
    drawn: Histograms


@dataclass
class _Node:
    """A node while it is put together."""

    name: Name
    first_s: int
    last_s: int
    root: bool = False
    reported: bool = False
    seen: _Seen | None = None
    edges: list[_Seen] = field(default_factory=list)

    def widen(self, entity: Entity) -> None:
        """Let the node's bounds take in an entity's."""
        self.first_s = min(self.first_s, entity.first_s)
        self.last_s = max(self.last_s, entity.last_s)


def _nodes(entities: Sequence[Entity]) -> list[_Node]:
    """Return the nodes in X-Ray's order, each with its edges."""
    nodes: dict[Name, _Node] = {}
    drawn = histograms([entity.statistics for entity in entities])
    seen = map(_Seen, entities, drawn)

    def node(name: Name, entity: Entity) -> _Node:
        found = nodes.get(name)
        if found is None:
            found = nodes[name] = _Node(name, entity.first_s, entity.last_s)
        if found.seen is None:
            found.widen(entity)
        return found

    for one in sorted(seen, key=lambda one: one.entity.kind):
        entity = one.entity
        if entity.kind == NODE:
            own = node(_service(entity.source), entity)
            own.seen, own.root, own.reported = one, entity.root, entity.reported
            continue
        source = node(_source(entity), entity)
        source.edges.append(one)
        source.root |= entity.root
        source.reported |= entity.kind != LINK
        node(_service(entity.target), entity).reported |= entity.reported
    return sorted(nodes.values(), key=lambda node: node.name)


def _service(name: tuple[str, str]) -> Name:
    return (*name, False)


def _source(edge: Entity) -> Name:
    """Return where an edge begins: a client belongs to the service it calls."""
    return (*edge.target, True) if edge.kind == CLIENT else _service(edge.source)


def _services(nodes: list[_Node], *, timed: bool) -> list[Answer]:
    """Return the `Services` member; a trace's graph has no times (recorded)."""
    numbers = {node.name: number for number, node in enumerate(nodes)}
    return [_answer(node, numbers, timed=timed) for node in nodes]


def _answer(node: _Node, numbers: Mapping[Name, int], *, timed: bool) -> Answer:
    """Return a node with the 16 members that X-Ray writes."""
    name, kind, client = node.name
    times = {
        "StartTime": float(node.first_s) if timed else None,
        "EndTime": float(node.last_s + 1) if timed else None,
    }
    statistics = node.seen.entity.statistics if node.seen else None
    drawn = node.seen.drawn if node.seen else NOTHING
    region = node.seen.entity.region if node.seen else ""
    return {
        "ReferenceId": numbers[node.name],
        "Name": name,
        "Names": [name],
        "Root": True if node.root else None,
        "AccountId": None,
        "Type": "client" if client else kind or None,
        "State": _state(node),
        **times,
        "Edges": [_edge(edge, numbers, times) for edge in node.edges],
        "SummaryStatistics": None if client else summary(statistics),
        "DurationHistogram": None if client else drawn.durations,
        "ResponseTimeHistogram": None if client else drawn.responses,
        "HostedIn": {} if timed else None,
        "KeyAttributes": {} if timed else None,
        "Region": (region or None) if not timed else None,
    }


def _state(node: _Node) -> str:
    """Return what is known of a node: it reports, it answers calls, it is AWS's."""
    _, kind, client = node.name
    if client:
        return "unknown"
    if node.reported:
        return "active"
    return "unknown" if kind.startswith("AWS::") else "passive"


def _edge(seen: _Seen, numbers: Mapping[Name, int], times: Answer) -> Answer:
    """Return an edge; recorded: it has its source's bounds."""
    edge, drawn = seen
    linked = edge.kind == LINK
    asynchronous = {
        "EdgeType": "link",
        "ReceivedEventAgeHistogram": drawn.ages,
    }
    return {
        "ReferenceId": numbers[_service(edge.target)],
        **times,
        "SummaryStatistics": summary(edge.statistics),
        "ResponseTimeHistogram": drawn.responses,
        "Aliases": [
            {"Name": name, "Names": [name], "Type": kind or None}
            for name, kind in edge.aliases
        ],
        **(asynchronous if linked else {}),
    }
