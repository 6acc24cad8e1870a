"""Rebound names and cross-site calls are refused, honest clients are not."""

import pytest

from fluoro.model.errors import AccessDeniedError
from fluoro.server.guard import guard


def headers(**values):
    return [
        (name.replace("_", "-").encode(), value.encode())
        for name, value in values.items()
    ]


def is_let_in(method="POST", names=(), origins=(), **values):
    try:
        guard(method, headers(**values), names, origins)
    except AccessDeniedError:
        return False
    return True


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:2000",
        "localhost:2000",
        "LOCALHOST",
        "[::1]:2000",
        "10.1.2.3:2000",
        "fluoro:2000",
        "fluoro",
        "host.docker.internal:2000",
        "app.localhost",
    ],
)
def test_names_that_no_page_can_have(host):
    assert is_let_in(host=host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com:2000",
        "127.0.0.1.nip.io",
        "localhost.evil.com",
        "evil.com#localhost",
        "user@localhost",
        "",
        "localhost:99999999",
        "a b",
        "[evil.com]",
    ],
)
def test_names_that_may_be_rebound(host):
    assert not is_let_in(host=host)
    assert not is_let_in("GET", host=host)


def test_exactly_one_host():
    assert not is_let_in()
    with pytest.raises(AccessDeniedError):
        guard("GET", [(b"host", b"localhost"), (b"host", b"localhost")])


def test_names_of_the_setting():
    names = ("xray.example.com", "*.corp.example.com")
    assert is_let_in(host="xray.example.com:443", names=names)
    assert is_let_in(host="a.corp.example.com", names=names)
    assert not is_let_in(host="corp.example.com", names=names)
    assert not is_let_in(host="other.example.com", names=names)


def test_calls_of_other_sites():
    here = {"host": "localhost:2000"}
    evil = {**here, "origin": "https://evil.example"}
    assert is_let_in(**here)
    assert is_let_in(**here, origin="http://localhost:2000")
    assert is_let_in(**here, sec_fetch_site="same-origin")
    assert is_let_in(**here, sec_fetch_site="none")
    assert not is_let_in(**evil)
    assert not is_let_in(**here, origin="null")
    assert not is_let_in(**here, origin="http://localhost:3000")
    assert not is_let_in(**here, sec_fetch_site="cross-site")
    assert not is_let_in(**here, sec_fetch_site="same-site")
    assert not is_let_in("DELETE", **evil)
    assert is_let_in("GET", **evil)


def test_origins_of_the_setting():
    call = {"host": "localhost:2000", "sec_fetch_site": "cross-site"}
    origins = ("https://app.example.com",)
    assert is_let_in(**call, origin="https://app.example.com", origins=origins)
    assert not is_let_in(**call, origin="https://evil.example.com", origins=origins)
