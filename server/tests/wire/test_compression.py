"""Compressed bodies: encodings, several members, bombs, and what is broken."""

import gzip
import sys

import pytest

from fluoro.wire.compression import (
    BodyTooLargeError,
    BrokenBodyError,
    UnknownEncodingError,
    decompress,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY = b"spans " * 1000
ENCODERS = {"gzip": gzip.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", ["gzip", "zstd", " GZIP "])
def test_one_and_several_members(encoding):
    compress = ENCODERS[encoding.strip().lower()]
    assert decompress(compress(BODY), encoding, 10_000) == BODY
    several = compress(BODY[:10]) + compress(b"") + compress(BODY[10:])
    assert decompress(several, encoding, 10_000) == BODY


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_plain_bodies_are_bounded_too(encoding):
    assert decompress(BODY, encoding, len(BODY)) == BODY
    with pytest.raises(BodyTooLargeError):
        decompress(BODY, encoding, len(BODY) - 1)


@pytest.mark.parametrize("encoding", ENCODERS)
def test_the_bound_counts_what_comes_out(encoding):
    bomb = ENCODERS[encoding](bytes(50_000_000))
    with pytest.raises(BodyTooLargeError):
        decompress(bomb, encoding, 1_000_000)
    exact = ENCODERS[encoding](bytes(1_000))
    assert len(decompress(exact, encoding, 1_000)) == 1_000
    with pytest.raises(BodyTooLargeError):
        decompress(exact + exact, encoding, 1_999)


@pytest.mark.parametrize("encoding", ENCODERS)
@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-3], lambda b: b + b"xx", lambda b: b"x"]
)
def test_broken_bodies_are_refused(encoding, spoil):
    with pytest.raises(BrokenBodyError, match=encoding):
        decompress(spoil(ENCODERS[encoding](BODY)), encoding, 10_000)


@pytest.mark.parametrize("encoding", ENCODERS)
def test_members_without_end_are_refused(encoding):
    with pytest.raises(BrokenBodyError):
        decompress(ENCODERS[encoding](b"") * 5_000, encoding, 10_000)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_unknown_encodings_are_named(encoding):
    with pytest.raises(UnknownEncodingError, match="gzip, zstd"):
        decompress(BODY, encoding, 10_000)
