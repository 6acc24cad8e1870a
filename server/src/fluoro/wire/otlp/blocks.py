"""The blocks `http`, `sql` and `aws` of a segment, from a span's attributes.

Each maker takes what it represents out of `rest`, the attributes that are still to be
placed. Rules: the collector's X-Ray exporter, for both generations of the semantic
conventions.
"""

from typing import Any

from fluoro.wire.otlp.attributes import (
    AWS_CALL,
    AWS_CONSUMED,
    AWS_NAMES,
    AWS_RETRIES,
    AWS_TABLES,
    CLIENT_HOST,
    CLIENT_PORT,
    HTTP_CLIENT,
    HTTP_CONSUMED,
    HTTP_MARKERS,
    HTTP_PATH,
    HTTP_PEER,
    HTTP_QUERY,
    HTTP_REQUEST,
    HTTP_SCHEME,
    HTTP_SIZE,
    HTTP_STATUS,
    HTTP_TARGET,
    SERVER_HOST,
    SERVER_PORT,
    SQL_CONNECTION,
    SQL_CONSUMED,
    SQL_DATABASE,
    SQL_MEMBERS,
    SQL_SYSTEM,
    SQL_SYSTEMS,
    integer,
    text,
)
from fluoro.wire.otlp.values import as_mapping

Attributes = dict[str, Any]
_DEFAULT_PORTS = {("http", 80), ("https", 443)}


def http_block(
    kind: Any, rest: Attributes, events: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return `http`, or None for a span that is no request."""
    if HTTP_MARKERS.isdisjoint(rest):
        return None
    request: dict[str, Any] = {}
    for member, names in HTTP_REQUEST.items():
        value = text(rest, names)
        if value:
            request[member] = value
    if "url" not in request:
        url = _built_url(kind, rest)
        if url:
            request["url"] = url
    client, peer = text(rest, HTTP_CLIENT), text(rest, HTTP_PEER)
    if client or peer:
        request["client_ip"] = client or peer
    if client and not peer:
        request["x_forwarded_for"] = True
    response: dict[str, Any] = {}
    status = integer(rest, HTTP_STATUS)
    if status is not None:
        response["status"] = status
    response["content_length"] = _content_length(rest, events)
    _consume(rest, HTTP_CONSUMED)
    return {"request": request, "response": response}


def _built_url(kind: Any, rest: Attributes) -> str:
    """Put the URL together where no attribute has it whole."""
    server = kind == "SERVER"
    host = text(rest, SERVER_HOST if server else CLIENT_HOST)
    if not host:
        return ""
    port = integer(rest, SERVER_PORT if server else CLIENT_PORT)
    scheme = text(rest, HTTP_SCHEME) or ("https" if port == 443 else "http")
    if port is not None and (scheme, port) not in _DEFAULT_PORTS and ":" not in host:
        host = f"{host}:{port}"
    target = text(rest, HTTP_TARGET)
    if not target:
        query = text(rest, HTTP_QUERY)
        target = (text(rest, HTTP_PATH) or "/") + (f"?{query}" if query else "")
    return f"{scheme}://{host}{target}"


def _content_length(rest: Attributes, events: list[dict[str, Any]]) -> int:
    size = integer(rest, HTTP_SIZE)
    if size is not None:
        return size
    for event in events:
        own = as_mapping(event.get("attributes", {}))
        if own.get("message.type") == "RECEIVED":
            return integer(own, _MESSAGE_SIZE) or 0
    return 0


_MESSAGE_SIZE = ("message.uncompressed_size", "messaging.message_payload_size_bytes")


def sql_block(span_name: str, rest: Attributes) -> dict[str, Any] | None:
    """Return `sql` for the SQL databases that X-Ray knows, else None."""
    if text(rest, SQL_SYSTEM) not in SQL_SYSTEMS:
        return None
    connection = text(rest, SQL_CONNECTION) or "localhost"
    made = {
        "url": span_name,
        "connection_string": f"{connection}/{text(rest, SQL_DATABASE)}",
    }
    for member, names in SQL_MEMBERS.items():
        value = text(rest, names)
        if value:
            made[member] = value
    _consume(rest, SQL_CONSUMED)
    return made


def aws_call(rest: Attributes) -> dict[str, Any]:
    """Return the members of `aws` that tell about one call; often none."""
    made: dict[str, Any] = {}
    if AWS_NAMES.isdisjoint(rest):
        return made
    for member, names in AWS_CALL.items():
        value = text(rest, names)
        if value:
            made[member] = value
    _tables(rest.get(AWS_TABLES), made)
    retries = integer(rest, AWS_RETRIES)
    if retries is not None:
        made["retries"] = retries
    if made:
        _consume(rest, AWS_CONSUMED)
    return made


def _tables(value: Any, made: dict[str, Any]) -> None:
    """One table is `table_name`, several are `table_names`."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        return
    if len(names) == 1:
        made["table_name"] = names[0]
    elif names:
        made.pop("table_name", None)
        made["table_names"] = names


def _consume(rest: Attributes, names: frozenset[str]) -> None:
    for name in names.intersection(rest):
        del rest[name]
