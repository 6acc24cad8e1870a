"""Signature Version 4, checked on the bytes of the request as they arrived.

One verifier for both forms, the `Authorization` header and the presigned query, and
one way through it; whatever is not exactly one of the two is refused. The canonical
form and the signature itself are botocore's own code, so that what an AWS client signs
is what is checked here; the shape of the request, its date and its scope are judged
before.
"""

import hashlib
import hmac
import re
from calendar import timegm
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from time import strptime
from typing import Any, Protocol
from urllib.parse import unquote

from fluoro.model.access import Principal
from fluoro.model.errors import (
    AccessDeniedError,
    IncompleteSignatureError,
    MissingTokenError,
    SignatureExpiredError,
    UnrecognizedClientError,
)

SKEW_S = 15 * 60
"""AWS: how far a signature's date may be from the server's clock."""

PRESIGNED_S_MAX = 7 * 24 * 3600
"""AWS: how long a presigned request may be good."""

SERVICE = "xray"

Headers = Sequence[tuple[bytes, bytes]]


class SigningKey(Protocol):
    """What a keyring knows of a key."""

    @property
    def secret(self) -> str:
        """The secret access key."""

    @property
    def name(self) -> str:
        """Whose it is."""

    @property
    def role(self) -> str:
        """read, write or admin."""


FindKey = Callable[[str], SigningKey | None]

_SCOPE = (
    r"(?P<key>[A-Za-z0-9_]{1,128})/(?P<day>[0-9]{8})/(?P<region>[a-z0-9-]{1,64})"
    r"/(?P<service>[a-z0-9-]{1,64})/aws4_request"
)
_AUTHORIZATION = re.compile(
    rf"AWS4-HMAC-SHA256 Credential={_SCOPE},"
    r" SignedHeaders=(?P<headers>[a-z0-9;._-]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_CREDENTIAL = re.compile(_SCOPE)
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_TARGET = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
_CREDENTIAL_IN_QUERY = re.compile(
    r"(?i)(?:^|&)x-amz-(?:signature|credential|algorithm)"
)
_PRESIGNED = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)
_NOBODY_S_SECRET = "0" * 40


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a request says about its signature, well-formed but not yet checked."""

    access_key_id: str
    day: str
    region: str
    service: str
    date: str
    signed_headers: tuple[str, ...]
    signature: str
    expires_s: int | None
    query: str


def is_signed(raw_query: bytes, headers: Headers) -> bool:
    """Tell whether a request carries a signature, well-formed or not."""
    return bool(_values(headers, "authorization")) or bool(
        _CREDENTIAL_IN_QUERY.search(unquote(raw_query.decode("latin-1")))
    )


def claimed_key(raw_query: bytes, headers: Headers) -> tuple[str, str]:
    """Return the access key id and region that a request names, unchecked; or ""."""
    text = " ".join(_values(headers, "authorization")) or unquote(
        raw_query.decode("latin-1")
    )
    found = _CREDENTIAL.search(text)
    return (found["key"], found["region"]) if found else ("", "")


def authenticate(
    method: str,
    raw_path: bytes,
    raw_query: bytes,
    headers: Headers,
    body: bytes,
    now: float,
    find: FindKey,
) -> Principal:
    """Return who signed the request.

    `raw_path` and `raw_query` are the target's bytes as received, `now` is in epoch
    seconds. Raises an AccessDeniedError that says what is wrong with the form or the
    date; an unknown key and a wrong signature look alike and take the same time.
    """
    path, query = raw_path.decode("latin-1"), raw_query.decode("latin-1")
    claim = _claim(query, headers)
    _check_target(path, query)
    _check_scope(claim)
    _check_time(claim, now)
    _check_headers(claim, headers, body)
    key = find(claim.access_key_id)
    secret = key.secret if key else _NOBODY_S_SECRET
    expected = _signature(method, path, claim, headers, body, secret)
    matches = hmac.compare_digest(expected.encode(), claim.signature.encode())
    if key is None or not matches:
        raise UnrecognizedClientError(
            "The security token included in the request is invalid."
        )
    return Principal(key.name, key.role, claim.access_key_id)


def _claim(query: str, headers: Headers) -> _Claim:
    """Read the one signature; refuse none, several, and both forms at once."""
    authorizations = _values(headers, "authorization")
    presigned = bool(_CREDENTIAL_IN_QUERY.search(unquote(query)))
    if not authorizations and not presigned:
        raise MissingTokenError("Missing Authentication Token")
    if len(authorizations) + presigned != 1:
        raise IncompleteSignatureError("The request must have one signature, not more")
    return _presigned_claim(query) if presigned else _header_claim(query, headers)


def _header_claim(query: str, headers: Headers) -> _Claim:
    matched = _AUTHORIZATION.fullmatch(_one(headers, "authorization"))
    if matched is None:
        raise IncompleteSignatureError(
            "Authorization must be AWS4-HMAC-SHA256 with Credential, SignedHeaders"
            " and Signature"
        )
    return _Claim(
        matched["key"],
        matched["day"],
        matched["region"],
        matched["service"],
        _one(headers, "x-amz-date"),
        _header_names(matched["headers"], ("host", "x-amz-date")),
        matched["signature"],
        None,
        query,
    )


def _presigned_claim(query: str) -> _Claim:
    pairs = [pair.partition("=") for pair in query.split("&")]
    found = {}
    for name in _PRESIGNED:
        values = [value for key, _, value in pairs if unquote(key) == name]
        if len(values) != 1:
            raise IncompleteSignatureError(f"The query must have one {name}")
        found[name] = unquote(values[0])
    credential = _CREDENTIAL.fullmatch(found["X-Amz-Credential"])
    expires = found["X-Amz-Expires"]
    if (
        credential is None
        or found["X-Amz-Algorithm"] != "AWS4-HMAC-SHA256"
        or not _SIGNATURE.fullmatch(found["X-Amz-Signature"])
        or not re.fullmatch(r"[0-9]{1,6}", expires)
        or not 1 <= int(expires) <= PRESIGNED_S_MAX
    ):
        raise IncompleteSignatureError("The query's signature is malformed")
    return _Claim(
        credential["key"],
        credential["day"],
        credential["region"],
        credential["service"],
        found["X-Amz-Date"],
        _header_names(found["X-Amz-SignedHeaders"], ("host",)),
        found["X-Amz-Signature"],
        int(expires),
        "&".join(
            "".join(pair) for pair in pairs if unquote(pair[0]) != "X-Amz-Signature"
        ),
    )


def _header_names(listed: str, needed: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(listed.split(";"))
    if list(names) != sorted(set(names)) or not set(needed) <= set(names):
        raise IncompleteSignatureError(
            f"SignedHeaders must be sorted, without repeats, and name {needed}"
        )
    return names


def _check_target(path: str, query: str) -> None:
    """Refuse a target that the canonical form would take for another one."""
    from botocore.utils import normalize_url_path  # noqa: PLC0415 - an extra

    if (
        not path.startswith("/")
        or "?" in path
        or not _TARGET.fullmatch(path + query)
        or normalize_url_path(path) != path
    ):
        raise IncompleteSignatureError("The path must be in its normal form")


def _check_scope(claim: _Claim) -> None:
    if claim.service != SERVICE:
        raise SignatureExpiredError(
            f"Credential should be scoped to correct service: '{SERVICE}'."
        )
    if not _DATE.fullmatch(claim.date) or claim.date[:8] != claim.day:
        raise SignatureExpiredError(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version"
            " of date from HTTP"
        )


def _check_time(claim: _Claim, now: float) -> None:
    try:
        signed_at = timegm(strptime(claim.date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise IncompleteSignatureError("X-Amz-Date is no date") from None
    if signed_at > now + SKEW_S:
        raise SignatureExpiredError(
            f"Signature not yet current: {claim.date} is still later than the"
            " server's clock"
        )
    good_for = SKEW_S if claim.expires_s is None else claim.expires_s
    if now > signed_at + good_for:
        raise SignatureExpiredError(
            f"Signature expired: {claim.date} is now earlier than the server's clock"
            " allows"
        )


def _check_headers(claim: _Claim, headers: Headers, body: bytes) -> None:
    """Refuse unsigned or repeated headers that matter, and a body hash of another."""
    for raw_name, _ in headers:
        name = raw_name.decode("latin-1").lower()
        if name.startswith("x-amz-") and name not in claim.signed_headers:
            raise IncompleteSignatureError(f"The header {name} must be signed")
    for name in claim.signed_headers:
        _one(headers, name)
    declared = _values(headers, "x-amz-content-sha256")
    if declared and declared != [hashlib.sha256(body).hexdigest()]:
        raise AccessDeniedError(
            "The provided 'x-amz-content-sha256' header does not match what was"
            " computed."
        )


def _signature(
    method: str,
    path: str,
    claim: _Claim,
    headers: Headers,
    body: bytes,
    secret: str,
) -> str:
    """Return the signature that the key's owner would have made."""
    signer_type, request_type, credentials_type = _botocore()
    request = request_type(
        method=method,
        url=f"http://fluoro{path}" + (f"?{claim.query}" if claim.query else ""),
        headers={name: _one(headers, name) for name in claim.signed_headers},
        data=body,
    )
    request.context["timestamp"] = claim.date
    credentials = credentials_type(claim.access_key_id, secret)
    signer = signer_type(credentials, claim.service, claim.region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(text, request))


@cache
def _botocore() -> tuple[Any, Any, Any]:
    """Return botocore's signer, request and credentials; loaded when first needed."""
    try:
        from botocore.auth import SigV4Auth  # noqa: PLC0415 - an extra
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.compat import HTTPHeaders  # noqa: PLC0415
        from botocore.credentials import Credentials  # noqa: PLC0415
    except ImportError:
        raise AccessDeniedError(
            "This server cannot check signatures: install fluoro[auth]"
        ) from None

    class Verifier(SigV4Auth):
        """Signs the headers that the request says were signed, all of them."""

        def headers_to_sign(self, request: Any) -> Any:
            """Return them under their lower-case names."""
            signed = HTTPHeaders()
            for name, value in request.headers.items():
                signed[name.lower()] = value
            return signed

        def payload(self, request: Any) -> str:
            """Return the hash of the body that came, whatever is said of it."""
            return hashlib.sha256(request.data).hexdigest()

    return Verifier, AWSRequest, Credentials


def _values(headers: Headers, name: str) -> list[str]:
    wanted = name.encode()
    return [v.decode("latin-1") for n, v in headers if n.lower() == wanted]


def _one(headers: Headers, name: str) -> str:
    """Return the value of a header that must be there once."""
    values = _values(headers, name)
    if len(values) != 1:
        raise IncompleteSignatureError(f"The request must have one header {name}")
    return values[0]
