"""The bits that describe a segment or subsegment, as the store keeps them."""

from enum import IntFlag


class Flag(IntFlag):
    """One bit each. `ERROR`, `FAULT`, `THROTTLE` are the flags as sent.

    `IS_ERROR`, `IS_FAULT` and `IS_THROTTLE` are the outcome: the flag or the HTTP
    status says so (recorded: a throttled entity is no error).
    """

    IN_PROGRESS = 1
    SEGMENT = 2
    """A segment document; otherwise a subsegment, embedded or independent."""
    EMBEDDED = 4
    """A subsegment inside another's document."""
    ERROR = 8
    FAULT = 16
    THROTTLE = 32
    IS_ERROR = 64
    IS_FAULT = 128
    IS_THROTTLE = 256
    REMOTE = 512
    """Namespace `remote`."""
    AWS = 1024
    """Namespace `aws`."""
    SQL = 2048
    TRACED = 4096
    """`http.request.traced`: the callee promises a segment of its own."""
    ROOT = 8192
    """A segment without a parent."""
