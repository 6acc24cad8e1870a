"""Segment documents as types: what Fluoro looks at of segments and subsegments.

What these types do not name stays in the document's text, which is stored whole.
"""

from typing import Any

import msgspec
from msgspec import Raw, Struct

Scalar = str | int | float | bool


NOTHING = Raw(b"")
"""A raw member that is absent (a union with None would not take objects)."""


class Request(Struct):
    """`http.request`."""

    method: str | None = None
    url: str | None = None
    user_agent: str | None = None
    client_ip: str | None = None
    traced: bool = False


class Response(Struct):
    """`http.response`."""

    status: int | None = None


class Http(Struct):
    """`http`."""

    request: Request | None = None
    response: Response | None = None


class Ec2(Struct):
    """`aws.ec2`."""

    instance_id: str | None = None
    availability_zone: str | None = None


class Aws(Struct):
    """The members of `aws` that name a resource or a host."""

    operation: str | None = None
    account_id: str | None = None
    region: str | None = None
    table_name: str | None = None
    bucket_name: str | None = None
    queue_url: str | None = None
    topic_arn: str | None = None
    function_name: str | None = None
    ec2: Ec2 | None = None


class Link(Struct):
    """One of `links`: a span of another trace."""

    trace_id: str
    id: str | None = None


class Entity(Struct):
    """A segment, or a subsegment, embedded or on its own.

    Times are epoch seconds. After `decode_document` the ids are well formed, `name`
    is 1 to 200 characters, `start_time` is set, and `end_time` is set unless
    `in_progress` is true. `sql` and `cause` are JSON texts, empty when absent.
    """

    id: str | None = None
    name: str | None = None
    trace_id: str | None = None
    parent_id: str | None = None
    start_time: float | None = None
    end_time: float | None = None
    in_progress: bool = False
    type: str | None = None
    namespace: str | None = None
    origin: str | None = None
    user: str | None = None
    resource_arn: str | None = None
    error: bool = False
    fault: bool = False
    throttle: bool = False
    http: Http | None = None
    aws: Aws | None = None
    sql: Raw = NOTHING
    cause: Raw = NOTHING
    annotations: dict[str, Scalar] | None = None
    links: list[Link] | None = None
    subsegments: "list[Entity] | None" = None

    @property
    def has_sql(self) -> bool:
        """Whether `sql` is there and an object."""
        return self.sql is not NOTHING and bytes(self.sql)[:1] == b"{"

    @property
    def is_subsegment(self) -> bool:
        """Whether this is an independent subsegment (`type: subsegment`)."""
        return self.type == "subsegment"


# The parts of `cause` that are searched.


class ExceptionEntry(Struct):
    """One exception of a cause: its id, type and message."""

    id: str = ""
    type: str = ""
    message: str = ""


class Cause(Struct):
    """A cause: the exceptions recorded here, or the id of one recorded elsewhere."""

    exceptions: list[ExceptionEntry]
    reference: str | None = None


def decode_cause(raw: Raw | bytes) -> Cause:
    """Read `cause` in each of its three forms; never raises.

    A 16-digit text refers to an exception of the same trace; an object lists
    exceptions; Node also sends an object whose list is empty.
    """
    value = msgspec.json.decode(raw) if raw else None
    if isinstance(value, str):
        return Cause([], value)
    if not isinstance(value, dict) or not isinstance(value.get("exceptions"), list):
        return Cause([])
    return Cause([_exception(item) for item in value["exceptions"]])


def _exception(item: Any) -> ExceptionEntry:
    """Recorded: an entry that is no object counts as an exception without a name."""
    if not isinstance(item, dict):
        return ExceptionEntry()
    texts = {k: item.get(k) for k in ("id", "type", "message")}
    return ExceptionEntry(**{k: v for k, v in texts.items() if isinstance(v, str)})
