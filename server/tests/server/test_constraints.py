"""The shapes agree with botocore's model; the texts with what was recorded."""

import botocore.session
import pytest

from fluoro.model.errors import SerializationError, ValidationError
from fluoro.server.xray.constraints import check
from fluoro.server.xray.shapes import OPERATIONS

MODEL = botocore.session.get_session().get_service_model("xray")
KINDS = {
    "string": "text",
    "list": "items",
    "map": "mapping",
    "structure": "structure",
    "integer": "integer",
    "long": "integer",
    "double": "number",
    "boolean": "boolean",
    "timestamp": "timestamp",
}
UNMODELLED = {"SampleCount"}  # ADOT's name for SampledCount
OPTIONAL_IN_FACT = {"RequestCount", "SampledCount"}


def assert_agree(ours, theirs, name):
    assert ours.kind == KINDS[theirs.type_name], name
    assert (ours.least, ours.most) == (
        theirs.metadata.get("min"),
        theirs.metadata.get("max"),
    ), name
    if ours.kind == "items":
        assert_agree(ours.element, theirs.member, f"{name}[]")
    if ours.kind == "structure":
        extra = ours.members.keys() - theirs.members.keys()
        assert extra <= UNMODELLED, name
        assert ours.members.keys() - extra == theirs.members.keys(), name
        for key, member in theirs.members.items():
            assert_agree(ours.members[key], member, f"{name}.{key}")
            if not (name.endswith("Documents[]") and key in OPTIONAL_IN_FACT):
                needed = key in theirs.required_members
                assert ours.members[key].is_required == needed, f"{name}.{key}"


def test_all_operations_are_those_of_the_model():
    assert set(OPERATIONS) == set(MODEL.operation_names)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_requests_agree_with_the_model(name):
    path, shape = OPERATIONS[name]
    operation = MODEL.operation_model(name)
    assert path == operation.http["requestUri"]
    if operation.input_shape:
        assert_agree(shape, operation.input_shape, name)
    else:
        assert shape.members == {}


def message(operation, request):
    with pytest.raises(ValidationError) as error:
        check(request, OPERATIONS[operation][1])
    return error.value.message


def test_recorded_validation_texts():
    assert message("PutTraceSegments", {}) == (
        "1 validation error detected: Value null at 'traceSegmentDocuments' failed to"
        " satisfy constraint: Member must not be null"
    )
    assert message(
        "PutResourcePolicy", {"PolicyName": "a b", "PolicyDocument": ""}
    ) == (
        "1 validation error detected: Value 'a b' at 'policyName' failed to satisfy"
        r" constraint: Member must satisfy regular expression pattern: [\w+=,.@-]+"
    )
    text = message(
        "PutTelemetryRecords",
        {
            "TelemetryRecords": [{"Timestamp": 1}, {}],
            "Hostname": "h" * 256,
            "EC2InstanceId": "i" * 21,
        },
    )
    assert text.startswith("3 validation errors detected: Value null at")
    assert "'telemetryRecords.2.member.timestamp'" in text
    assert text.index("'hostname'") < text.index("'eC2InstanceId'")


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"TraceSegmentDocuments": [1]},
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            {"TraceSegmentDocuments": [None]},
            "VALUE_NULL can not be converted to a String",
        ),
        ({"TraceSegmentDocuments": "x"}, "STRING_VALUE can not be converted to a List"),
    ],
)
def test_wrong_types_are_serialization_errors(request_, text):
    with pytest.raises(SerializationError) as error:
        check(request_, OPERATIONS["PutTraceSegments"][1])
    assert error.value.message == text


def test_times_are_numbers():
    with pytest.raises(SerializationError) as error:
        check(
            {"StartTime": "2026-01-01", "EndTime": 1}, OPERATIONS["GetServiceGraph"][1]
        )
    assert error.value.message == (
        "STRING_VALUE can not be converted to milliseconds since epoch"
    )


@pytest.mark.parametrize("time", [1e300, -1e30, 18446744073709.551616])
def test_times_that_are_no_times(time):
    text = message("GetServiceGraph", {"StartTime": 0, "EndTime": time})
    assert text.startswith(f"1 validation error detected: Value '{time}' at 'endTime'")
    bound = "less" if time > 0 else "greater"
    assert f"have value {bound} than or equal to " in text
    assert text.endswith("9000000000000")


def test_milliseconds_of_odd_clients_are_times():
    document = {"RuleName": "r", "ClientID": "c" * 24, "Timestamp": 1_790_000_000_000}
    request = {"SamplingStatisticsDocuments": [document]}
    assert check(request, OPERATIONS["GetSamplingTargets"][1]) == request


def test_unknown_members_and_nulls_vanish():
    shape = OPERATIONS["GetSamplingRules"][1]
    assert check({"NextToken": None, "x": [1]}, shape) == {}
    assert check(None, shape) == {}
