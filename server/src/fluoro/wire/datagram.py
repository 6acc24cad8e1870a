"""The X-Ray daemon's datagrams: a header line, LF, one document.

The header is a JSON object whose `format` is `json` in any case and whose `version` is
1; the order of keys and the spaces are the sender's (Python and Node send none, Go and
Java do). The first LF splits; what follows it is passed on as it is (daemon 3.6.6).
"""

import msgspec


class Header(msgspec.Struct):
    """The header line's members that count."""

    format: str
    version: int


class RejectedDatagramError(Exception):
    """A datagram that is no document; `reason` is a counter's label."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_decode_header = msgspec.json.Decoder(Header).decode
_KNOWN_HEADERS_MAX = 1_024
_known_headers: set[bytes] = set()


def split_datagram(data: bytes) -> bytes:
    """Return the document of a datagram; raise RejectedDatagramError."""
    header, newline, body = data.partition(b"\n")
    if not newline:
        raise RejectedDatagramError("no_header_line")
    if header not in _known_headers:
        _check_header(header)
    if not body or body.isspace():
        raise RejectedDatagramError("empty_body")
    return body


def _check_header(header: bytes) -> None:
    """Refuse a bad header; remember a good one, of which there are few."""
    try:
        found = _decode_header(header)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise RejectedDatagramError("bad_header") from None
    if found.format.lower() != "json" or found.version != 1:
        raise RejectedDatagramError("unknown_format")
    if len(_known_headers) < _KNOWN_HEADERS_MAX:
        _known_headers.add(header)
