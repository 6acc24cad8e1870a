"""Segment destination and indexing rules."""

import pytest

from fluoro.control.destination import (
    get_trace_segment_destination,
    update_trace_segment_destination,
)
from fluoro.control.indexing import (
    get_indexing_rules,
    indexed_percentage,
    update_indexing_rule,
)
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError


def move(context, destination):
    return update_trace_segment_destination({"Destination": destination}, context)


def set_percentage(context, percentage, name="Default"):
    rule = {"Probabilistic": {"DesiredSamplingPercentage": percentage}}
    return update_indexing_rule({"Name": name, "Rule": rule}, context)


def test_the_destination_is_x_ray_at_first(context, conforms):
    answer = get_trace_segment_destination({}, context)
    assert conforms("GetTraceSegmentDestination", answer) == {
        "CompositeConfiguration": None,
        "Destination": "XRay",
        "Status": "ACTIVE",
    }


def test_a_changed_destination_is_pending_then_active(context, conforms):
    answer = conforms("UpdateTraceSegmentDestination", move(context, "CloudWatchLogs"))
    assert (answer["Destination"], answer["Status"]) == ("CloudWatchLogs", "PENDING")
    answer = get_trace_segment_destination({}, context)
    assert (answer["Destination"], answer["Status"]) == ("CloudWatchLogs", "ACTIVE")


def test_there_is_no_log_group_to_encrypt(context):
    request = {
        "Destination": "CloudWatchLogs",
        "CloudWatchLogsConfiguration": {"SpansLogGroupKmsKeyId": "arn:aws:kms:::key/x"},
    }
    with pytest.raises(InvalidRequestError, match="SpansLogGroupKmsKeyId"):
        update_trace_segment_destination(request, context)


def test_the_indexing_rule(context, later, conforms):
    answer = conforms("GetIndexingRules", get_indexing_rules({}, context))
    assert answer == {
        "IndexingRules": [
            {
                "Name": "Default",
                "ModifiedAt": 0.0,
                "Rule": {"Probabilistic": {"DesiredSamplingPercentage": 1.0}},
            }
        ],
        "NextToken": None,
    }
    answer = conforms("UpdateIndexingRule", set_percentage(later(9), 25))
    assert answer["IndexingRule"] == {
        "Name": "Default",
        "ModifiedAt": 4_000_000_009.0,
        "Rule": {"Probabilistic": {"DesiredSamplingPercentage": 25.0}},
    }
    assert get_indexing_rules({}, context)["IndexingRules"] == [answer["IndexingRule"]]


def test_refused_indexing_rules(context):
    with pytest.raises(ResourceNotFoundError) as caught:
        set_percentage(context, 5, "Other")
    assert caught.value.extra == {"ResourceName": "Other"}
    for percentage in (-0.1, 100.1):
        with pytest.raises(InvalidRequestError, match="0 to 100"):
            set_percentage(context, percentage)
    with pytest.raises(InvalidRequestError, match="Probabilistic"):
        update_indexing_rule({"Name": "Default", "Rule": {}}, context)


def test_only_logs_thin_the_index(context):
    set_percentage(context, 25)
    assert indexed_percentage(context.records) == 100
    move(context, "CloudWatchLogs")
    assert indexed_percentage(context.records) == 25
