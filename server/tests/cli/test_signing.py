"""Signatures are what the server's own check takes."""

import time
from types import SimpleNamespace

import pytest

from fluoro.cli.signing import has_key, signed
from fluoro.model.errors import AccessDeniedError
from fluoro.server.auth import authenticate

KEY = SimpleNamespace(secret="the secret", name="ann", role="read")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY.secret)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)


def check(headers, body):
    raw = [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    raw.append((b"host", b"fluoro.internal:2000"))
    return authenticate(
        "POST", b"/Traces", b"", raw, body, time.time(), {"AKIDEXAMPLE": KEY}.get
    )


def test_the_server_takes_it():
    headers = signed("POST", "http://fluoro.internal:2000/Traces", b"{}", {})

    assert check(headers, b"{}").name == "ann"


def test_another_secret_is_refused(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    headers = signed("POST", "http://fluoro.internal:2000/Traces", b"{}", {})

    with pytest.raises(AccessDeniedError):
        check(headers, b"{}")


def test_no_key_no_signature(monkeypatch):
    assert has_key()
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert not has_key()
