"""Every keyword in one table: its type, where it may stand, and what it reads.

`value` and `present` are SQL over one row (a segment, a call, an edge or a part of a
root cause: all of them offer the same column names); a row where `present` is false
has no such field, and every comparison with it is false. `root` keywords look at a
trace's root segment only, `any` ones at every segment and subsegment, `trace` ones at
the trace as a whole.
"""

from enum import StrEnum
from typing import NamedTuple


class Type(StrEnum):
    """What a keyword is compared with."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    STRING = "string"
    ANY = "any"


class Scope(StrEnum):
    """Where a keyword stands: at the top, or inside which braces."""

    TRACE = "trace"
    SERVICE = "service"
    EDGE = "edge"
    CAUSE_SERVICE = "rootcause service"
    CAUSE_ENTITY = "rootcause entity"
    CAUSE_EXCEPTION = "rootcause exception"


class Keyword(NamedTuple):
    """One row of the table; `scale` turns a written number into the column's unit."""

    name: str
    type: Type
    scopes: frozenset[Scope]
    reach: str
    value: str
    present: str
    columns: tuple[str, ...]
    help: str
    scale: int = 1


EQUALITY = ("=", "!=")
ORDER = ("<", "<=", ">", ">=")
TEXT = ("CONTAINS", "BEGINSWITH", "ENDSWITH")

OPERATORS: dict[Type, tuple[str, ...]] = {
    Type.BOOLEAN: EQUALITY,
    Type.NUMBER: EQUALITY + ORDER,
    Type.STRING: EQUALITY + TEXT,
    Type.ANY: EQUALITY + ORDER + TEXT,
}
"""The operators of each type; a keyword alone tests presence, or the boolean."""

FOREIGN = {
    "&": "AND",
    "&&": "AND",
    "|": "OR",
    "||": "OR",
    "==": "=",
    "~": "CONTAINS",
    "like": "CONTAINS",
    "startswith": "BEGINSWITH",
}
"""What other languages write, and what it is here."""

_GENERAL = frozenset({Scope.TRACE, Scope.SERVICE, Scope.EDGE})
_SERVICE = frozenset({Scope.SERVICE})
_CAUSES = frozenset({Scope.CAUSE_SERVICE, Scope.CAUSE_ENTITY, Scope.CAUSE_EXCEPTION})
_SERVICES = frozenset({Scope.SERVICE, Scope.CAUSE_SERVICE})
_COMPLETED = "NOT bitTest(flags, 0) AND end_us >= start_us"
_MICROSECONDS = 1_000_000


def _text(name: str, reach: str, column: str, meaning: str) -> Keyword:
    return Keyword(
        name,
        Type.STRING,
        _GENERAL,
        reach,
        column,
        f"{column} != ''",
        (column,),
        meaning,
    )


def _flag(name: str, value: str, meaning: str) -> Keyword:
    return Keyword(name, Type.BOOLEAN, _GENERAL, "root", value, "", (), meaning)


def _cause(name: str, of: Type, value: str, meaning: str) -> Keyword:
    return Keyword(name, of, _CAUSES, "", value, "", (), meaning)


_TABLE = (
    _flag(
        "ok",
        "bitAnd(flags, 448) = 0",
        "the response was a success: no error, fault or throttle",
    ),
    _flag("error", "bitTest(flags, 6)", "the response was a 4xx other than 429"),
    _flag("throttle", "bitTest(flags, 8)", "the response was a 429"),
    _flag("fault", "bitTest(flags, 7)", "the response was a 5xx"),
    Keyword(
        "partial", Type.BOOLEAN, _GENERAL, "trace", "bitTest(flags, 0)", "", (),
        "segments are in progress or missing",
    ),
    Keyword(
        "inferred", Type.BOOLEAN, _GENERAL | {Scope.CAUSE_SERVICE}, "trace",
        "inferred", "", (), "a node that reports nothing itself",
    ),
    Keyword(
        "root", Type.BOOLEAN, _SERVICE, "", "root", "", (),
        "the service is the trace's entry point",
    ),
    _cause("first", Type.BOOLEAN, "index = 0", "the first of its list"),
    _cause("last", Type.BOOLEAN, "index = size - 1", "the last of its list"),
    Keyword(
        "remote", Type.BOOLEAN, frozenset({Scope.CAUSE_ENTITY}), "", "remote", "", (),
        "the entity is a call to another service",
    ),
    Keyword(
        "responsetime", Type.NUMBER, _GENERAL, "root", "end_us - start_us",
        _COMPLETED, (), "seconds until the response", _MICROSECONDS,
    ),
    Keyword(
        "duration", Type.NUMBER, _GENERAL, "trace", "end_us - start_us",
        _COMPLETED, (), "seconds from the first start to the last end",
        _MICROSECONDS,
    ),
    Keyword(
        "http.status", Type.NUMBER, _GENERAL, "root", "http_status",
        "http_status != 0", ("http_status",), "the response's status",
    ),
    _cause("index", Type.NUMBER, "index", "the position in its list, from 0"),
    Keyword(
        "coverage", Type.NUMBER, frozenset({Scope.CAUSE_ENTITY}), "", "coverage",
        "coverage >= 0", (), "the entity's share of the root's response time, 0 to 1",
    ),
    _text("http.url", "root", "http_url", "the request's URL"),
    _text("http.method", "root", "http_method", "the request's method"),
    _text("http.useragent", "root", "user_agent", "the client's user agent"),
    _text("http.clientip", "root", "client_ip", "the client's address"),
    _text("user", "any", "user", "a user of any segment"),
    _text("availabilityzone", "any", "availability_zone", "an availability zone"),
    _text("instance.id", "any", "instance_id", "an EC2 instance"),
    _text("resource.arn", "any", "resource_arn", "the ARN of a resource"),
    _text("account.id", "any", "account_id", "the AWS account of a resource"),
    Keyword(
        "name", Type.STRING, _SERVICE | _CAUSES, "", "node_name", "node_name != ''",
        ("node_name",), "the name of the service, entity or exception",
    ),
    Keyword(
        "type", Type.STRING, _SERVICES, "", "node_type", "node_type != ''",
        ("node_type",), "the type of the service",
    ),
    Keyword(
        "message", Type.STRING, frozenset({Scope.CAUSE_EXCEPTION}), "", "message",
        "message != ''", (), "the exception's message",
    ),
    Keyword(
        "annotation", Type.ANY, _GENERAL, "any", "annotations", "", ("annotations",),
        "an annotation: annotation.key or annotation[key]",
    ),
    Keyword(
        "source.annotation", Type.ANY, frozenset({Scope.EDGE}), "",
        "source_annotations", "", ("annotations",), "an annotation of the caller",
    ),
    Keyword(
        "destination.annotation", Type.ANY, frozenset({Scope.EDGE}), "",
        "destination_annotations", "", ("annotations",), "an annotation of the callee",
    ),
)  # fmt: skip

KEYWORDS: dict[str, Keyword] = {keyword.name: keyword for keyword in _TABLE}
"""The table, by name in lower case."""

COMPLEX = {
    "service": 'service("name") { ... }: a node that the trace visited',
    "edge": 'edge("from", "to") { ... }: a call from one node to another',
    "group.name": "the expression of the group of that name",
    "group.arn": "the expression of the group with that ARN",
    "rootcause.json": "a root cause that contains this JSON",
    "rootcause.fault.service": "a service on the way to a fault",
    "rootcause.fault.entity": "a segment or subsegment on the way to a fault",
    "rootcause.fault.exception": "an exception behind a fault",
    "rootcause.error.service": "a service on the way to an error",
    "rootcause.error.entity": "a segment or subsegment on the way to an error",
    "rootcause.error.exception": "an exception behind an error",
    "rootcause.responsetime.service": "a service on the slow way",
    "rootcause.responsetime.entity": "a segment or subsegment on the slow way",
}
"""What stands at the top only and is no plain comparison."""

ALIASES = {"groupname": "group.name", "json": "rootcause.json"}
"""Other spellings: a known client's default filter, and a name in X-Ray's docs."""

ANNOTATIONS = frozenset(("annotation", "source.annotation", "destination.annotation"))

CAUSE_SCOPES = {
    "service": Scope.CAUSE_SERVICE,
    "entity": Scope.CAUSE_ENTITY,
    "exception": Scope.CAUSE_EXCEPTION,
}


CAUSE_KINDS = {"coverage": "responsetime"}
"""The only kind of root cause that a keyword belongs to."""


def allowed(scope: Scope, kind: str | None = None) -> list[str]:
    """Return the names that may start a term in `scope`, sorted.

    `kind` is the cause's inside `rootcause` braces.
    """
    names = [
        keyword.name
        for keyword in _TABLE
        if scope in keyword.scopes
        and kind in (None, CAUSE_KINDS.get(keyword.name, kind))
    ]
    if scope is Scope.TRACE:
        names.extend(COMPLEX)
    return sorted(names)


def place(name: str) -> str:
    """Return where a keyword belongs, as an error tells it."""
    if name in COMPLEX:
        return "at the top"
    kind = CAUSE_KINDS.get(name)
    scopes = sorted(KEYWORDS[name].scopes)
    return " or ".join(
        "at the top"
        if scope is Scope.TRACE
        else f"inside {scope.replace(' ', f'.{kind}.') if kind else scope} braces"
        for scope in scopes
    )
