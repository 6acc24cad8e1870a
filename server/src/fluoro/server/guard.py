"""Against web pages that reach for a server on the visitor's own network.

DNS rebinding: a page's own name is made to resolve to this server, so the name in
`Host` gives it away. An address, a name without a dot, `localhost` and private suffixes
cannot be the page's; further names are a setting. Cross-site calls: a browser says with
`Origin` and `Sec-Fetch-Site` where a call comes from; one that may change something
must come from the console itself. Clients that are no browsers send neither.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from fluoro.model.errors import AccessDeniedError
from fluoro.model.sampling import wildcard_matches

PRIVATE_SUFFIXES = (".localhost", ".internal", ".home.arpa")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?")

Headers = Sequence[tuple[bytes, bytes]]


def guard(
    method: str,
    headers: Headers,
    names: Sequence[str] = (),
    origins: Sequence[str] = (),
) -> None:
    """Raise AccessDeniedError for a rebound name or a cross-site call.

    `names` are further host names, `*.example.com` with its wildcard; `origins` are
    other sites whose pages may call, as `https://app.example.com`.
    """
    hosts = _values(headers, b"host")
    if len(hosts) != 1 or not _is_known(hosts[0], names):
        raise AccessDeniedError(
            f"The host {', '.join(hosts) or 'name'} is not one of this server's:"
            " add it with --hosts"
        )
    if method in SAFE_METHODS:
        return
    site = _values(headers, b"sec-fetch-site")
    origin = _values(headers, b"origin")
    allowed = all(_is_own(one, hosts[0]) or one in origins for one in origin)
    cross_site = [one for one in site if one not in ("same-origin", "none")]
    if not allowed or (cross_site and not origin):
        raise AccessDeniedError(
            "Pages of another site must not call this server: add theirs with --origins"
        )


def _is_known(host: str, names: Sequence[str]) -> bool:
    matched = _HOST.fullmatch(host)
    if matched is None:
        return False
    name = matched[1].strip("[]").lower().rstrip(".")
    try:
        ip_address(name)
    except ValueError:
        return (
            (name != "" and "." not in name)
            or name.endswith(PRIVATE_SUFFIXES)
            or any(wildcard_matches(known, name) for known in names)
        )
    return True


def _is_own(origin: str, host: str) -> bool:
    """Tell whether an origin is this very server, whatever the scheme."""
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]
