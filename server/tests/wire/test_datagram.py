"""The daemon's datagrams, with every header spelling that real SDKs send."""

import pytest

from fluoro.wire.datagram import RejectedDatagramError, split_datagram

BODY = b'{"id":"1"}'


@pytest.mark.parametrize(
    "header",
    [
        b'{"format":"json","version":1}',
        b'{"format": "json", "version": 1}',
        b'{"version":1,"format":"JSON"}',
        b'{ "format" : "Json" , "version" : 1 , "more" : [] }',
    ],
)
def test_header_spellings(header):
    assert split_datagram(header + b"\n" + BODY) == BODY


def test_the_first_newline_splits():
    body = b'{\n"id":\n"1"\n}\n'
    assert split_datagram(b'{"format":"json","version":1}\n' + body) == body


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no_header_line"),
        (BODY, "no_header_line"),
        (b"\n" + BODY, "bad_header"),
        (b"hello\n" + BODY, "bad_header"),
        (b"[" * 5000 + b"\n" + BODY, "bad_header"),
        (b'{"format":"json"}\n' + BODY, "bad_header"),
        (b'{"format":5,"version":1}\n' + BODY, "bad_header"),
        (b'{"format":"xml","version":1}\n' + BODY, "unknown_format"),
        (b'{"format":"json","version":2}\n' + BODY, "unknown_format"),
        (b'{"format":"json","version":1}\n', "empty_body"),
        (b'{"format":"json","version":1}\n \n', "empty_body"),
        (b"\xff\xfe\n\xff", "bad_header"),
    ],
)
def test_what_is_no_document_is_rejected_by_reason(data, reason):
    with pytest.raises(RejectedDatagramError) as rejected:
        split_datagram(data)
    assert rejected.value.reason == reason
