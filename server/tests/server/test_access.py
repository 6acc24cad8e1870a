"""Who is let in: by signature, session, secret, or by where they are."""

import base64
import dataclasses
import time

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fluoro.control.context import Context
from fluoro.control.keys import Keyring, create_key, list_keys, revoke_key
from fluoro.model.errors import (
    AccessDeniedError,
    InvalidRequestError,
    MissingTokenError,
    ResourceNotFoundError,
    UnrecognizedClientError,
)
from fluoro.server.access import (
    COOKIE,
    Access,
    Arrival,
    refusal_to_listen,
    unproven_host,
)
from fluoro.server.settings import Settings
from fluoro.store.masterkey import LocalKey
from fluoro.store.records import Records

FAR, NEAR = "192.0.2.7", "127.0.0.1"


class House:
    """A server's keys and its door."""

    def __init__(self, engine, **settings):
        self.records = Records(engine)
        self.local = LocalKey(None)
        self.context = Context(self.records, time.time())
        self.keyring = Keyring(self.records, self.local)
        self.access = Access(Settings(**settings), self.keyring, self.local)

    def key(self, role, name="ann"):
        request = {"Name": name, "Role": role}
        return create_key(request, self.context, self.local)["Key"]

    def admit(self, operation, peer=FAR, headers=(), now=None):
        arrival = Arrival("POST", b"/x", b"", list(headers), peer, b"{}")
        return self.access.admit(arrival, operation, now or time.time())


@pytest.fixture
def house(engine):
    return House(engine)


def signed(key, secret=None):
    request = AWSRequest("POST", "http://fluoro/x", data=b"{}")
    credentials = Credentials(key["AccessKeyId"], secret or key["SecretAccessKey"])
    SigV4Auth(credentials, "xray", "eu-west-1").add_auth(request)
    pairs = [("host", "fluoro"), *request.headers.items()]
    return [(name.lower().encode(), value.encode()) for name, value in pairs]


def cookie(value):
    return [(b"host", b"fluoro"), (b"cookie", f"a=b; {COOKIE}={value}".encode())]


def basic(name, secret):
    pair = base64.b64encode(f"{name}:{secret}".encode())
    return [(b"authorization", b"Basic " + pair)]


def test_strangers_are_refused(house):
    for operation in ("GetGroups", "PutTraceSegments", "GetSamplingRules", "GetApi"):
        with pytest.raises(MissingTokenError):
            house.admit(operation)


def test_a_signature_gives_the_role_of_its_key(house):
    read, write = house.key("read"), house.key("write")
    principal = house.admit("GetGroups", headers=signed(read))
    assert (principal.name, principal.role) == ("ann", "read")
    with pytest.raises(AccessDeniedError) as caught:
        house.admit("CreateGroup", headers=signed(read))
    assert caught.value.code == "AccessDeniedException"
    assert caught.value.message == (
        "User: arn:aws:iam::000000000000:user/ann is not authorized to perform:"
        " xray:CreateGroup because no identity-based policy allows the"
        " xray:CreateGroup action"
    )
    assert house.admit("PutTraceSegments", headers=signed(write)).role == "write"
    with pytest.raises(AccessDeniedError):
        house.admit("GetGroups", headers=signed(write))


def test_a_revoked_key_is_refused(house):
    key = house.key("admin")
    house.admit("CreateGroup", headers=signed(key))
    revoke_key({"AccessKeyId": key["AccessKeyId"]}, house.context)
    with pytest.raises(UnrecognizedClientError):
        house.admit("CreateGroup", headers=signed(key))
    with pytest.raises(ResourceNotFoundError):
        revoke_key({"AccessKeyId": key["AccessKeyId"]}, house.context)


def test_a_laptop_needs_no_key(house):
    stranger = {"AccessKeyId": "test", "SecretAccessKey": "test"}
    assert house.admit("CreateGroup", NEAR).role == "admin"
    assert house.admit("CreateGroup", "::1").role == "admin"
    assert house.admit("CreateGroup", NEAR, signed(stranger)).role == "admin"
    known = house.key("read")
    assert house.admit("GetGroups", NEAR, signed(known)).role == "read"
    with pytest.raises(UnrecognizedClientError):
        house.admit("GetGroups", NEAR, signed(known, secret="wrong"))


def test_what_a_proxy_passes_on_is_not_near(house):
    for name in (b"x-forwarded-for", b"forwarded", b"via", b"X-Real-IP"):
        with pytest.raises(MissingTokenError):
            house.admit("GetGroups", NEAR, [(name, b"1")])


def test_the_role_of_those_near_is_a_setting(engine):
    house = House(engine, loopback_role="read")
    assert house.admit("GetGroups", NEAR).role == "read"
    with pytest.raises(AccessDeniedError):
        house.admit("CreateGroup", NEAR)
    house = House(engine, loopback_role="none")
    with pytest.raises(MissingTokenError):
        house.admit("GetGroups", NEAR)


def test_what_can_be_opened(engine):
    assert House(engine, open_access=True).admit("CreateGroup").role == "admin"
    house = House(engine, open_sampling=True)
    for operation in ("GetSamplingRules", "GetSamplingTargets"):
        house.admit(operation)
    for operation in ("PutTraceSegments", "GetGroups", "CreateGroup"):
        with pytest.raises(MissingTokenError):
            house.admit(operation)


def test_a_session_of_the_console(house):
    key, now = house.key("read"), time.time()
    value = house.access.login(key["AccessKeyId"], key["SecretAccessKey"], now)
    assert house.admit("GetGroups", headers=cookie(value)).name == "ann"
    with pytest.raises(AccessDeniedError):
        house.admit("CreateGroup", headers=cookie(value))
    with pytest.raises(MissingTokenError):
        house.admit("GetGroups", headers=cookie(value), now=now + 12 * 3600 + 1)
    for forged in (value[:-2] + "AA", value[:-1], "", "é", "a" * 40):
        with pytest.raises(MissingTokenError):
            house.admit("GetGroups", headers=cookie(forged))
    revoke_key({"AccessKeyId": key["AccessKeyId"]}, house.context)
    with pytest.raises(MissingTokenError):
        house.admit("GetGroups", headers=cookie(value))


def test_a_wrong_login(house):
    key = house.key("admin")
    for pair in ((key["AccessKeyId"], "wrong"), ("unknown", key["SecretAccessKey"])):
        with pytest.raises(UnrecognizedClientError) as caught:
            house.access.login(*pair, time.time())
        assert caught.value.message == "The access key id or the secret is wrong"


def test_a_sealed_secret_is_no_session(house):
    key = house.key("admin")
    [record] = house.records.list("key")
    sealed = base64.b64decode(record.value["secret"])
    value = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    with pytest.raises(MissingTokenError):
        house.admit("GetGroups", headers=cookie(value))
    assert key["SecretAccessKey"] not in str(record.value)


def test_a_secret_in_clear_is_good_for_exporters_only(house):
    key = house.key("admin")
    pair = key["AccessKeyId"], key["SecretAccessKey"]
    for operation in ("PutTraceSegments", "GetMetrics"):
        assert house.admit(operation, headers=basic(*pair)).name == "ann"
        with pytest.raises(UnrecognizedClientError):
            house.admit(operation, headers=basic(pair[0], "wrong"))
    with pytest.raises(AccessDeniedError):
        house.admit("GetGroups", headers=basic(*pair))


def test_keys_are_listed_without_secrets(house):
    made = [house.key("read", "bob"), house.key("admin", "ann")]
    listed = list_keys({}, house.context)["Keys"]
    assert len(listed) == 2
    for key in made:
        secret = key.pop("SecretAccessKey")
        assert len(secret) == 40
        assert key in listed
        assert secret not in str(listed)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"Name": "ann"},
        {"Name": "ann", "Role": "root"},
        {"Name": "", "Role": "read"},
        {"Name": "a b", "Role": "read"},
        {"Name": 1, "Role": "read"},
    ],
)
def test_refused_keys(house, request_):
    with pytest.raises(InvalidRequestError):
        create_key(request_, house.context, house.local)


def test_a_server_with_another_key_file_knows_nobody(house, engine):
    key = house.key("admin")
    other = House(engine)
    with pytest.raises(UnrecognizedClientError):
        other.admit("GetGroups", headers=signed(key))


def test_where_a_server_may_listen(house):
    def refusal(**members):
        settings = dataclasses.replace(Settings(), **members)
        return refusal_to_listen(settings, house.keyring)

    for address in ("127.0.0.1:2000", "localhost:2000", "[::1]:2000"):
        assert refusal(address=address) is None
    for address in ("0.0.0.0:2000", "[::]:2000", "10.0.0.1:1"):
        assert "fluoro keys create" in refusal(address=address)
    assert refusal(address="0.0.0.0:2000", open_access=True) is None
    house.key("admin")
    assert refusal(address="0.0.0.0:2000") is None


def test_datagrams_prove_nothing_so_they_stay_here():
    assert unproven_host(Settings(address="0.0.0.0:2000")) == "127.0.0.1"
    assert unproven_host(Settings(address="[::]:2000")) == "::1"
    assert unproven_host(Settings(address="0.0.0.0:2000", open_udp=True)) == "0.0.0.0"
    assert unproven_host(Settings(address="127.0.0.1:2000")) == "127.0.0.1"
