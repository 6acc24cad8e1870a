"""Compressed bodies, opened with a bound on what comes out.

gzip with several members, and zstd with several frames. The bound counts what comes
out, so a small body that would fill the memory stops early.
"""

import sys
import zlib
from collections.abc import Callable
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MEMBERS_MAX = 100
"""Senders write one; more would let a small body cost much time."""

_ZSTD_WINDOW_LOG_MAX = 23
"""Windows of up to 8 MB, which every zstd level of OTLP's senders stays below."""


class BodyTooLargeError(Exception):
    """The body is larger than the bound once it is opened."""


class BrokenBodyError(Exception):
    """The body is not what its encoding says; the text says which encoding."""


class UnknownEncodingError(Exception):
    """There is no such encoding; the text names those there are."""


def decompress(body: bytes, encoding: str, bytes_max: int) -> bytes:
    """Return a body opened by the value of its `Content-Encoding`.

    Raises UnknownEncodingError, BodyTooLargeError or BrokenBodyError.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        if len(body) > bytes_max:
            raise BodyTooLargeError
        return body
    if name not in _DECODERS:
        known = ", ".join(sorted(_DECODERS))
        raise UnknownEncodingError(f"{encoding[:40]!r} is not one of identity, {known}")
    try:
        return _open(body, _DECODERS[name], bytes_max)
    except (zlib.error, zstd.ZstdError, EOFError):
        raise BrokenBodyError(f"the body is not {name}") from None


def _open(body: bytes, make: Callable[[], Any], bytes_max: int) -> bytes:
    """Open the members or frames of `body`, one after the other."""
    parts: list[bytes] = []
    room = bytes_max + 1
    for _ in range(_MEMBERS_MAX):
        decoder = make()
        part = decoder.decompress(body, room)
        parts.append(part)
        room -= len(part)
        if room <= 0:
            raise BodyTooLargeError
        if not decoder.eof:
            raise EOFError
        body = decoder.unused_data
        if not body:
            return b"".join(parts)
    raise EOFError


def _gzip() -> Any:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _zstd() -> Any:
    window = int(zstd.DecompressionParameter.window_log_max)
    return zstd.ZstdDecompressor(options={window: _ZSTD_WINDOW_LOG_MAX})


_DECODERS: dict[str, Callable[[], Any]] = {"gzip": _gzip, "zstd": _zstd}
