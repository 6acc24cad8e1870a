"""What the tests of configuration share: a context, and botocore's model."""

import dataclasses

import botocore.session
import pytest

from fluoro.control.context import Context
from fluoro.store.records import Records

NOW = 4_000_000_000.25  # in 2096: the tables of sampling forget what is an hour old
UNMODELLED = {"CompositeConfiguration"}
"""Members that the real service answers beyond its public model."""

_MODEL = botocore.session.get_session().get_service_model("xray")
_PYTHON_TYPES = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": float,
    "float": float,
    "timestamp": float,
}


def _check(value, shape, path):
    """Compare an answer with a shape of botocore's model; null is always allowed."""
    if value is None:
        return
    if shape.type_name == "structure":
        for name, member in value.items():
            if name not in UNMODELLED:
                _check(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for number, item in enumerate(value):
            _check(item, shape.member, f"{path}[{number}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            _check(item, shape.value, f"{path}[{key}]")
    else:
        assert type(value) is _PYTHON_TYPES[shape.type_name], path


@pytest.fixture
def conforms():
    """Check an answer against the output shape of its operation, and return it."""

    def check(operation, answer):
        shape = _MODEL.operation_model(operation).output_shape
        _check(answer, shape, operation)
        return answer

    return check


@pytest.fixture
def context(engine):
    return Context(Records(engine), NOW)


@pytest.fixture
def later(context):
    """Make the same context some seconds later."""
    return lambda seconds: dataclasses.replace(context, now=NOW + seconds)
