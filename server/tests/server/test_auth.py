"""Signatures: what botocore signs is let in, and nothing that differs from it."""

import random
import time
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fluoro.control.keys import Key
from fluoro.model.errors import (
    AccessDeniedError,
    IncompleteSignatureError,
    MissingTokenError,
    SignatureExpiredError,
    UnrecognizedClientError,
)
from fluoro.server.auth import authenticate

KEYS = {
    name: Key(name, secret, f"user-{name}", role)
    for name, secret, role in (
        ("FLROREADREADREAD", "s3cr3t+/read", "read"),
        ("FLROADMINADMIN", "another/secret", "admin"),
    )
}
NAMES = sorted(KEYS)
TEXT = "abcXYZ019-._~"
ODD = TEXT + " /+=&?#%é雪\"'*!()"


@dataclass(frozen=True)
class Wire:
    """A request as a server receives it."""

    method: str
    path: bytes
    query: bytes
    headers: tuple
    body: bytes

    def judged(self, now=None, find=KEYS.get):
        return authenticate(
            self.method,
            self.path,
            self.query,
            self.headers,
            self.body,
            time.time() if now is None else now,
            find,
        )

    def header(self, name):
        return next(value for key, value in self.headers if key == name)

    def with_header(self, name, value):
        rest = tuple((k, v) for k, v in self.headers if k != name)
        return replace(self, headers=rest if value is None else (*rest, (name, value)))


def signed(
    rng,
    *,
    presign=False,
    key=NAMES[0],
    body=None,
    token=None,
    service="xray",
    path=None,
    query=None,
    headers=None,
    secret=None,
):
    """Make a random request, sign it with botocore, and put it on the wire."""

    def word(alphabet, most):
        return "".join(rng.choices(alphabet, k=rng.randint(1, most)))

    if path is None:
        segments = [quote(word(ODD, 8), safe="-._~") for _ in range(rng.randint(1, 3))]
        path = "/" + "/".join(one for one in segments if one not in (".", ".."))
    if query is None:
        pairs = [
            f"{quote(word(ODD, 6), safe='')}={quote(word(ODD, 6), safe='')}"
            for _ in range(rng.randint(0, 3))
        ]
        # botocore's query signer keeps one value a name
        query = "&".join({pair.partition("=")[0]: pair for pair in pairs}.values())
    if headers is None:
        headers = {f"X-{word('abc', 5)}": word(TEXT + "  ", 10) for _ in range(2)}
        headers["X-Amz-Meta"] = word(TEXT, 5)
    if body is None:
        body = b"" if presign else rng.randbytes(rng.randint(0, 200))
    method = rng.choice(("POST", "GET", "PUT"))
    host = rng.choice(("127.0.0.1:2000", "fluoro", "xray.us-east-1.amazonaws.com"))
    url = f"http://{host}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, headers, data=body)
    credentials = Credentials(key, secret or KEYS[key].secret, token)
    signer = SigV4QueryAuth if presign else SigV4Auth
    signer(credentials, service, rng.choice(("us-east-1", "eu-north-1"))).add_auth(
        request
    )
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = [(b"host", host.encode()), (b"user-agent", b"any")]
    for name, value in prepared.headers.items():
        text = value if isinstance(value, bytes) else str(value).encode()
        sent.append((name.lower().encode(), text))
    return Wire(
        method, parts.path.encode(), parts.query.encode(), tuple(sent), body or b""
    )


def refused(wire, error=AccessDeniedError, **members):
    with pytest.raises(error) as caught:
        wire.judged(**members)
    return caught.value


@pytest.mark.parametrize("presign", [False, True], ids=["header", "presigned"])
def test_ten_thousand_random_requests_of_botocore_are_let_in(presign):
    rng = random.Random(20260901 + presign)
    for _ in range(5_000):
        key = rng.choice(NAMES)
        token = rng.choice((None, None, "session/token+="))
        principal = signed(rng, presign=presign, key=key, token=token).judged()
        assert principal.access_key_id == key
        assert (principal.name, principal.role) == (KEYS[key].name, KEYS[key].role)


def flipped(rng, value):
    """Change one byte, to another that may stand in its place."""
    spot = rng.randrange(len(value))
    other = rng.choice([c for c in b"abcdef0189" if c != value[spot]])
    return value[:spot] + bytes([other]) + value[spot + 1 :]


def mutations(rng, wire):
    """Every part that a signature covers, changed a little."""
    yield "method", replace(wire, method={"GET": "POST"}.get(wire.method, "GET"))
    yield "path", replace(wire, path=b"/" + flipped(rng, wire.path[1:] or b"x"))
    yield "longer path", replace(wire, path=wire.path + b"x")
    yield "double slash", replace(wire, path=b"/" + wire.path)
    yield "dots", replace(wire, path=b"/x/.." + wire.path)
    yield "body", replace(wire, body=wire.body + b" ")
    if wire.body:
        yield "flipped body", replace(wire, body=flipped(rng, wire.body))
        yield "no body", replace(wire, body=b"")
    if wire.query:
        yield "query", replace(wire, query=flipped(rng, wire.query))
        yield "repeated query", replace(wire, query=wire.query + b"&" + wire.query)
    yield "longer query", replace(wire, query=(wire.query + b"&a=b").lstrip(b"&"))
    for name, value in wire.headers:
        if name in (b"user-agent", b"content-length"):
            continue
        yield f"{name} changed", wire.with_header(name, flipped(rng, value or b"x"))
        yield f"{name} twice", replace(wire, headers=(*wire.headers, (name, value)))
        yield f"{name} gone", wire.with_header(name, None)
    yield (
        "unsigned header",
        replace(wire, headers=(*wire.headers, (b"x-amz-target", b"x"))),
    )


@pytest.mark.parametrize("presign", [False, True], ids=["header", "presigned"])
def test_every_mutation_of_a_signed_request_is_refused(presign):
    rng = random.Random(7 + presign)
    tried = 0
    for _ in range(200):
        wire = signed(rng, presign=presign, token="t")
        wire.judged()
        for what, changed in mutations(rng, wire):
            if changed == wire or what.startswith("b'content-type"):
                continue
            try:
                changed.judged()
            except AccessDeniedError:
                tried += 1
            else:
                pytest.fail(f"{what}: {changed}")
    assert tried > 3_000


def test_every_character_of_the_authorization_counts():
    rng = random.Random(3)
    wire = signed(rng)
    value = wire.header(b"authorization")
    for spot in range(len(value)):
        for other in b"aZ0 ;,/=":
            if other != value[spot]:
                changed = value[:spot] + bytes([other]) + value[spot + 1 :]
                refused(wire.with_header(b"authorization", changed))
        refused(wire.with_header(b"authorization", value[:spot] + value[spot + 1 :]))


@pytest.fixture
def rng():
    return random.Random(1)


def test_an_unsigned_request(rng):
    wire = signed(rng).with_header(b"authorization", None)
    error = refused(wire, MissingTokenError)
    assert error.message == "Missing Authentication Token"
    assert (error.status, error.code) == (403, "MissingAuthenticationTokenException")


def test_one_signature_and_no_more(rng):
    header, query = signed(rng, path="/x"), signed(rng, path="/x", presign=True)
    value = header.header(b"authorization")
    both = query.with_header(b"authorization", value)
    twice = replace(header, headers=(*header.headers, (b"Authorization", value)))
    for wire in (both, twice):
        error = refused(wire, IncompleteSignatureError)
        assert error.message == "The request must have one signature, not more"
    for name in (b"X-Amz-Signature=x", b"x-amz-credential=x", b"X%2DAmz-Algorithm=x"):
        refused(replace(header, query=name), IncompleteSignatureError)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Basic dXNlcjpwYXNz",
        b"Bearer token",
        b"AWS FLRO:signature",
        b"AWS4-HMAC-SHA256",
        b"AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c",
        b"AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
    ],
)
def test_other_schemes(rng, value):
    refused(signed(rng).with_header(b"authorization", value), IncompleteSignatureError)


@pytest.mark.parametrize(
    "value",
    [
        b"UNSIGNED-PAYLOAD",
        b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        b"STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        b"0" * 64,
    ],
)
def test_a_declared_hash_is_no_way_around_the_body(rng, value):
    headers = {"X-Amz-Content-SHA256": value.decode()}
    wire = signed(rng, headers=headers, body=b"{}")
    assert wire.header(b"x-amz-content-sha256") == value
    refused(wire)


def test_an_unknown_key_and_a_wrong_secret_look_alike(rng):
    wire = signed(rng)
    errors = [
        refused(wire, UnrecognizedClientError, find=lambda _: None),
        refused(signed(rng, secret="wrong"), UnrecognizedClientError),
    ]
    assert len({(error.code, error.message) for error in errors}) == 1
    assert errors[0].status == 403


def test_the_clock_may_differ_by_a_quarter_of_an_hour(rng):
    wire = signed(rng)
    now = time.time()
    for offset in (-890, 890):
        wire.judged(now + offset)
    assert (
        "not yet current" in refused(wire, SignatureExpiredError, now=now - 910).message
    )
    assert "expired" in refused(wire, SignatureExpiredError, now=now + 910).message


def test_a_presigned_request_is_good_as_long_as_it_says(rng):
    wire = signed(rng, presign=True)
    now = time.time()
    wire.judged(now + 3590)
    refused(wire, SignatureExpiredError, now=now + 3610)
    refused(wire, SignatureExpiredError, now=now - 910)
    for expires in (b"0", b"604801", b"-1", b"x", b"9" * 20):
        query = wire.query.replace(b"X-Amz-Expires=3600", b"X-Amz-Expires=" + expires)
        refused(replace(wire, query=query), IncompleteSignatureError)


def test_the_scope_is_this_service_and_the_date_of_the_request(rng):
    assert "xray" in refused(signed(rng, service="s3"), SignatureExpiredError).message
    wire = signed(rng).with_header(b"x-amz-date", b"20200101T000000Z")
    assert "scope" in refused(wire, SignatureExpiredError).message


def test_a_target_that_normalizes_to_another(rng):
    wire = signed(rng, path="/GetGroups", query="")
    for path in (b"//GetGroups", b"/./GetGroups", b"/x/../GetGroups", b"GetGroups"):
        refused(replace(wire, path=path), IncompleteSignatureError)
    for path in (b"/GetGroups#x", b"/GetGroups?x", b"/Get Groups", b"/GetGroups\n"):
        refused(replace(wire, path=path), IncompleteSignatureError)
    refused(replace(wire, query=b"#x"), IncompleteSignatureError)


def test_equal_reads_of_the_same_request_are_equal(rng):
    wire = signed(rng)
    assert wire.judged() == wire.judged()
