"""Who is let in: by signature, by the console's session, or by where they are.

Default deny, in this order: a signature of a known key counts, and a wrong one is
refused; then the console's session cookie; then the sampling proxy paths, if the
setting opens them; then a caller on this very machine, who has the role of the setting
`loopback_role`. On a laptop AWS clients sign with whatever keys they find, so a
signature of an unknown key is no more than none there. A request that a proxy passed on
does not come from this machine.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

from fluoro.control.keys import Key, Keyring
from fluoro.model.access import Principal, allows
from fluoro.model.errors import (
    AccessDeniedError,
    MissingTokenError,
    UnrecognizedClientError,
)
from fluoro.server.auth import authenticate, claimed_key, is_signed
from fluoro.server.guard import guard
from fluoro.server.settings import Settings
from fluoro.store.masterkey import LocalKey, MasterKeyError

COOKIE = "fluoro_session"
SESSION_S = 12 * 3600
PLAIN_SECRET = frozenset({"PutTraceSegments", "GetMetrics"})
"""What `Authorization: Basic <access key id>:<secret>` is good for: OpenTelemetry's
exporters and Prometheus cannot sign."""

SAMPLING_PROXY = frozenset({"GetSamplingRules", "GetSamplingTargets"})
_PURPOSE = b"session"
_FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Arrival:
    """A request as it came: its target's bytes, headers, body and sender's address."""

    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Headers
    peer: str
    body: bytes = b""

    @property
    def proves(self) -> bool:
        """Whether anything in it says who sent it."""
        return is_signed(self.raw_query, self.headers) or any(
            name.lower() == b"cookie" for name, _ in self.headers
        )


class Access:
    """The door of one server."""

    def __init__(self, settings: Settings, keyring: Keyring, local: LocalKey) -> None:
        self._settings = settings
        self._keyring = keyring
        self._local = local
        self._names = _listed(settings.hosts)
        self._origins = _listed(settings.origins)

    def guard(self, arrival: Arrival) -> None:
        """Raise AccessDeniedError for a rebound name or a cross-site call."""
        guard(arrival.method, arrival.headers, self._names, self._origins)

    def admit(self, arrival: Arrival, operation: str, now: float) -> Principal:
        """Return who calls an operation; raise AccessDeniedError if they may not."""
        principal = self._principal(arrival, operation, now)
        if not allows(principal.role, operation):
            raise AccessDeniedError(
                f"User: {principal.arn(self._settings.account)} is not authorized to"
                f" perform: xray:{operation} because no identity-based policy allows"
                f" the xray:{operation} action"
            )
        return principal

    def region(self, arrival: Arrival) -> str:
        """Return the region that a caller signs for, or the setting's."""
        _, region = claimed_key(arrival.raw_query, arrival.headers)
        return region or self._settings.region

    def login(self, access_key_id: str, secret: str, now: float) -> str:
        """Return a session's cookie value for a key; raise AccessDeniedError."""
        self._key_of(access_key_id, secret)
        session = {"key": access_key_id, "until": now + SESSION_S}
        wrapped = self._local.wrap(json.dumps(session).encode(), _PURPOSE)
        return base64.urlsafe_b64encode(wrapped).decode().rstrip("=")

    def _principal(self, arrival: Arrival, operation: str, now: float) -> Principal:
        anonymous = self._anonymous(arrival, operation)
        basic = self._basic(arrival, operation)
        if basic:
            return basic
        if is_signed(arrival.raw_query, arrival.headers):
            named, _ = claimed_key(arrival.raw_query, arrival.headers)
            if anonymous and self._keyring.find(named) is None:
                return anonymous
            return authenticate(
                arrival.method,
                arrival.raw_path,
                arrival.raw_query,
                arrival.headers,
                arrival.body,
                now,
                self._keyring.find,
            )
        principal = self._session(arrival, now) or anonymous
        if principal is None:
            raise MissingTokenError("Missing Authentication Token")
        return principal

    def _key_of(self, access_key_id: str, secret: str) -> Key:
        """Return the key if the secret is its own; an unknown one takes as long."""
        key = self._keyring.find(access_key_id)
        expected = key.secret if key else "0" * len(secret)
        same = hmac.compare_digest(expected.encode(), secret.encode())
        if key is None or not same:
            raise UnrecognizedClientError("The access key id or the secret is wrong")
        return key

    def _basic(self, arrival: Arrival, operation: str) -> Principal | None:
        """Return who sent a key's secret in clear, where that is good enough."""
        pair = _basic_pair(arrival.headers)
        if pair is None or operation not in PLAIN_SECRET:
            return None
        key = self._key_of(*pair)
        return Principal(key.name, key.role, key.access_key_id)

    def _anonymous(self, arrival: Arrival, operation: str) -> Principal | None:
        """Return what a caller is who proves nothing, None for a stranger."""
        settings = self._settings
        if settings.open_access:
            return Principal("anyone", "admin")
        is_near = is_loopback(arrival.peer) and not _was_forwarded(arrival.headers)
        if is_near and settings.loopback_role != "none":
            return Principal("local", settings.loopback_role)
        if settings.open_sampling and operation in SAMPLING_PROXY:
            return Principal("sampling", "write")
        return None

    def _session(self, arrival: Arrival, now: float) -> Principal | None:
        """Return whose session the cookie is, None for none, an old or a forged one."""
        wrapped = _cookie(arrival.headers)
        if wrapped is None:
            return None
        try:
            padded = wrapped + "=" * (-len(wrapped) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True)
            session = json.loads(self._local.unwrap(raw, _PURPOSE))
        except (ValueError, MasterKeyError):
            return None
        key = self._keyring.find(session["key"])
        if key is None or now > session["until"]:
            return None
        return Principal(key.name, key.role, key.access_key_id)


def is_loopback(peer: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_local(settings: Settings) -> bool:
    """Tell whether the server listens for this machine only."""
    return settings.host == "localhost" or is_loopback(settings.host)


def unproven_host(settings: Settings) -> str:
    """Return where datagrams and gRPC are taken, whose senders prove nothing.

    That is this machine only, unless a setting opens them to others.
    """
    if is_local(settings) or settings.open_udp or settings.open_access:
        return settings.host
    return "::1" if ":" in settings.host else "127.0.0.1"


def refusal_to_listen(settings: Settings, keyring: Keyring) -> str | None:
    """Say why a server must not listen where it is told to, None if it may."""
    if is_local(settings) or settings.open_access or not keyring.is_empty():
        return None
    return (
        f"{settings.address} can be reached by others, and no keys exist: make one with"
        " `fluoro keys create` while the server listens on 127.0.0.1, or let everyone"
        " in with --open-access"
    )


def _was_forwarded(headers: Headers) -> bool:
    return any(name.lower() in _FORWARDED for name, _ in headers)


def _basic_pair(headers: Headers) -> tuple[str, str] | None:
    """Return the access key id and secret of the one header `Authorization: Basic`."""
    found = [value for name, value in headers if name.lower() == b"authorization"]
    if len(found) != 1 or found[0][:6].lower() != b"basic ":
        return None
    try:
        text = base64.b64decode(found[0][6:], validate=True).decode()
    except ValueError:
        return None
    access_key_id, _, secret = text.partition(":")
    return access_key_id, secret


def _cookie(headers: Headers) -> str | None:
    for name, value in headers:
        if name.lower() == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                continue
            if found is not None:
                return found.value
    return None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())
