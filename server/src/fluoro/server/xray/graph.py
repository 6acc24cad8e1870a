"""GetServiceGraph, GetTraceGraph, GetTimeSeriesServiceStatistics, retrieved graphs."""

from collections.abc import Sequence
from typing import Any

from fluoro.control import retrieval
from fluoro.control.context import Context
from fluoro.filters.parser import parse, parse_selector
from fluoro.filters.syntax import Edge, Expression, FilterError, Service
from fluoro.model.errors import InvalidRequestError
from fluoro.model.ids import parse_trace_id
from fluoro.query.graph import get_service_graph as query_graph
from fluoro.query.graph import get_trace_graph as query_trace_graph
from fluoro.query.graph import services_of
from fluoro.query.timeseries import ALL_TRAFFIC, minutes
from fluoro.query.timeseries import get_time_series as query_series
from fluoro.query.window import window_of
from fluoro.server.services import Services
from fluoro.server.xray.scope import group_members
from fluoro.server.xray.traces import read_retrieved
from fluoro.store.calls import CLIENT, EDGE, LINK, NODE
from fluoro.store.graph import Selection

Json = dict[str, Any]


def get_service_graph(services: Services, context: Context, request: Json) -> Json:
    """Return the graph of what was received in the window, or of a group's part."""
    hours = services.settings.window_hours_max or None
    traces = group_members(context, request, window_of(request, hours))
    return query_graph(services.engine, request, traces, hours)


def get_trace_graph(services: Services, _context: Context, request: Json) -> Json:
    """Return one trace's graph."""
    return query_trace_graph(services.engine, request)


def get_time_series(services: Services, context: Context, request: Json) -> Json:
    """Return statistics by the minute of what the selector names."""
    hours = services.settings.window_hours_max or None
    selection, matching = selection_of(
        request.get("EntitySelectorExpression"),
        strict=services.settings.strict_selectors,
    )
    traces = group_members(context, request, minutes(request, hours), matching)
    return query_series(services.engine, request, selection, traces, hours)


def get_retrieved_traces_graph(
    services: Services, context: Context, request: Json
) -> Json:
    """Return the graph of retrieved traces once the retrieval is complete."""

    def graph(ids: Sequence[str]) -> list[Json]:
        return services_of(services.engine, [parse_trace_id(one) for one in ids])

    read = read_retrieved(services)
    return retrieval.get_retrieved_traces_graph(request, context, read, graph)


def selection_of(
    selector: str | None, *, strict: bool = False
) -> tuple[Selection, Expression | None]:
    """Return what a selector names: entities, and the traces that count.

    `service(...)` and `edge(..., ...)` name entities of all traces; where they name an
    account, which entities of the graph do not have, of the traces that match. Any
    other filter expression names all traffic of the traces that match, unless `strict`,
    as X-Ray is. Raises InvalidRequestError with the place of a mistake.
    """
    if selector is None:
        return ALL_TRAFFIC, None
    try:
        named = parse_selector(selector)
        return _entities(named), named if _names_account(named) else None
    except FilterError as error:
        mistake = error
    if not strict:
        try:
            return ALL_TRAFFIC, parse(selector)
        except FilterError as error:
            mistake = max(mistake, error, key=lambda one: one.offset)
    raise InvalidRequestError(str(mistake))


def _names_account(selector: Service | Edge) -> bool:
    if isinstance(selector, Service):
        return selector.ident.account_id is not None
    ends = selector.source, selector.destination
    return any(ident.account_id is not None for ident in ends)


def _entities(selector: Service | Edge) -> Selection:
    if isinstance(selector, Service):
        ident = selector.ident
        return Selection((NODE,), source_name=ident.name, source_type=ident.type)
    return Selection(
        (EDGE, CLIENT, LINK),
        selector.source.name,
        selector.source.type,
        selector.destination.name,
        selector.destination.type,
    )
