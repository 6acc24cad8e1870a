"""Checks an answer against botocore's own model of the X-Ray API, and parses it."""

from functools import cache

import botocore.parsers
import botocore.session
import orjson

UNMODELLED = {
    "MatchedService",
    "MatchedEdge",
    "Region",
    "HostedIn",
    "KeyAttributes",
    "CompositeConfiguration",
}
"""Members that X-Ray sends beyond its public model (recorded)."""

NULL_LISTS = {"ServiceIds", "DurationHistogram", "ResponseTimeHistogram"}
"""Lists that X-Ray sends as null: of a value, a user, a client node (recorded)."""

TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "boolean": bool,
    "timestamp": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}


@cache
def _service_model():
    return botocore.session.get_session().get_service_model("xray")


def parse_answer(operation, answer, absent=()):
    """Return what boto3 would for an answer; fail on what it would lose or misread.

    Every member of the model must be there, null or not, except those in `absent`.
    """
    shape = _service_model().operation_model(operation).output_shape
    body = orjson.dumps(answer)
    _check(orjson.loads(body), shape, operation, set(absent))
    response = {"status_code": 200, "headers": {}, "body": body}
    return botocore.parsers.create_parser("rest-json").parse(response, shape)


def _check(value, shape, path, absent):
    expected = TYPES[shape.type_name]
    assert isinstance(value, expected), f"{path}: {value!r} is no {shape.type_name}"
    if expected is not bool:
        assert not isinstance(value, bool), f"{path}: {value!r} is a boolean"
    if shape.type_name == "structure":
        _check_members(value, shape, path, absent)
    elif shape.type_name == "list":
        for number, item in enumerate(value):
            _check(item, shape.member, f"{path}[{number}]", absent)
    elif shape.type_name == "map":
        for key, item in value.items():
            _check(item, shape.value, f"{path}[{key!r}]", absent)


def _check_members(value, shape, path, absent):
    unknown = set(value) - set(shape.members) - UNMODELLED
    assert not unknown, f"{path}: botocore would lose {sorted(unknown)}"
    missing = set(shape.members) - set(value) - absent
    assert not missing, f"{path}: X-Ray would send {sorted(missing)}"
    for name, member in shape.members.items():
        item = value.get(name)
        if item is not None:
            _check(item, member, f"{path}.{name}", absent)
        elif name in value and member.type_name in ("list", "map"):
            assert name in NULL_LISTS, f"{path}.{name}: lists are never null"
