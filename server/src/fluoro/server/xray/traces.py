"""BatchGetTraces."""

from typing import Any

from fluoro.query.traces import batch_get_traces as query_traces
from fluoro.server.services import Services


def batch_get_traces(services: Services, request: dict[str, Any]) -> dict[str, Any]:
    """Return up to five traces with their documents as X-Ray renders them."""
    return query_traces(services.engine, request)
