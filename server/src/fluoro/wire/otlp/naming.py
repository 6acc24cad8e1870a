"""What a segment is called, and its namespace. Rules: the collector's X-Ray exporter.

The first source that says something wins. Unlike the collector, Fluoro cleans names of
every source: a name with a forbidden character would refuse the whole document.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from fluoro.model.limits import NAME_LENGTH_MAX
from fluoro.wire.otlp.attributes import (
    NAMES_SOURCES,
    NAMING,
    RPC_NAMING,
    SQL_CONNECTION,
    SQL_DATABASE,
    text,
)

CALLING_KINDS = frozenset({"CLIENT", "PRODUCER", "CONSUMER"})
LOCAL_ROOT = "LOCAL_ROOT"
_FORBIDDEN = re.compile(r"[^\w\s.:/%&#=+\-@\\]")
_SDK_PREFIXES = ("AWS.SDK.", "AWS::")
_CACHE_MAX = 65_536
_clean_names: dict[str, str] = {}


def clean_name(name: str) -> str:
    """Return the name without characters X-Ray forbids, at most 200; else `span`."""
    known = _clean_names.get(name)
    if known is not None:
        return known
    clean = _FORBIDDEN.sub("", name)[:NAME_LENGTH_MAX] or "span"
    if len(_clean_names) >= _CACHE_MAX:
        _clean_names.clear()
    _clean_names[name] = clean
    return clean


def name_of(
    span_name: str, kind: Any, attributes: dict[str, Any], service_name: str
) -> str:
    """Return the segment's name; `service_name` is the resource's."""
    if NAMES_SOURCES.isdisjoint(attributes):
        return clean_name((kind == "SERVER" and service_name) or span_name)
    return clean_name(
        _signals_name(kind, attributes)
        or text(attributes, NAMING)
        or _database_name(attributes)
        or (service_name if kind == "SERVER" else "")
        or text(attributes, RPC_NAMING)
        or span_name
    )


def _signals_name(kind: Any, attributes: dict[str, Any]) -> str:
    """Return the name that Application Signals' attributes give, if any."""
    if kind == "SERVER" or (
        kind == "INTERNAL" and attributes.get("aws.span.kind") == LOCAL_ROOT
    ):
        return text(attributes, ("aws.local.service",))
    if kind in CALLING_KINDS:
        return remote_service(attributes)
    return ""


def remote_service(attributes: dict[str, Any]) -> str:
    """Return `aws.remote.service`, without the prefix that AWS calls have there."""
    name = text(attributes, ("aws.remote.service",))
    if name and attributes.get("rpc.system") == "aws-api":
        for prefix in _SDK_PREFIXES:
            name = name.removeprefix(prefix)
    return name


def _database_name(attributes: dict[str, Any]) -> str:
    """Return `<database>@<host>`; the host is left out where nothing says it."""
    database = text(attributes, SQL_DATABASE)
    if not database:
        return ""
    connection = text(attributes, SQL_CONNECTION).removeprefix("jdbc:")
    try:
        host = urlsplit(connection).hostname
    except ValueError:
        host = None
    if not host and "db.namespace" in attributes:
        host = text(attributes, ("server.address",))
    return f"{database}@{host}" if host else database


def namespace_of(kind: Any, attributes: dict[str, Any], *, segment: bool) -> str | None:
    """Return `aws`, `remote` or None for local work."""
    if attributes.get("rpc.system") == "aws-api" or (
        "aws.service" in attributes
        and not text(attributes, ("aws.remote.service", "peer.service"))
    ):
        return "aws"
    if kind == "CLIENT":
        return "remote"
    messaging = kind in {"PRODUCER", "CONSUMER"}
    if messaging and not segment and attributes.get("aws.remote.service"):
        return "remote"
    return None
