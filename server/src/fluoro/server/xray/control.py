"""The operations on what people configure: each is a function of `control`.

A handler here takes the call's context beside the services and the request: when it is
made, by whom, and for which region.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from fluoro.control import (
    destination,
    encryption,
    groups,
    indexing,
    policies,
    retrieval,
    sampling,
    tags,
)
from fluoro.control.context import Context
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError
from fluoro.model.errors import InvalidRequestError
from fluoro.server.services import Services

Json = dict[str, Any]
Handler = Callable[[Services, Context, Json], Json]


def make_context(services: Services, request: Request) -> Context:
    """Return the context of a call that the door has let in."""
    settings = services.settings
    return Context(
        services.configuration.records,
        services.now(),
        settings.account,
        request.state.region,
        request.state.principal.arn(settings.account),
        settings.sampling_rules_max,
        settings.groups_max,
    )


def _plain(operation: Callable[[Json, Context], Json]) -> Handler:
    return lambda _, context, request: operation(request, context)


def _filtered(operation: Callable[[Json, Context, groups.Validate], Json]) -> Handler:
    return lambda _, context, request: operation(request, context, _parse_filter)


def _parse_filter(expression: str) -> None:
    """Raise InvalidRequestError where a filter expression does not parse."""
    try:
        parse(expression)
    except FilterError as error:
        raise InvalidRequestError(str(error)) from None


HANDLERS: dict[str, Handler] = {
    "CreateSamplingRule": _plain(sampling.create_sampling_rule),
    "UpdateSamplingRule": _plain(sampling.update_sampling_rule),
    "DeleteSamplingRule": _plain(sampling.delete_sampling_rule),
    "GetSamplingRules": _plain(sampling.get_sampling_rules),
    "GetSamplingTargets": lambda services, context, request: (
        services.configuration.targets.get_sampling_targets(request, context)
    ),
    "GetSamplingStatisticSummaries": lambda services, context, request: (
        services.configuration.targets.get_sampling_statistic_summaries(
            request, context
        )
    ),
    "CreateGroup": _filtered(groups.create_group),
    "UpdateGroup": _filtered(groups.update_group),
    "DeleteGroup": _plain(groups.delete_group),
    "GetGroup": _plain(groups.get_group),
    "GetGroups": _plain(groups.get_groups),
    "TagResource": _plain(tags.tag_resource),
    "UntagResource": _plain(tags.untag_resource),
    "ListTagsForResource": _plain(tags.list_tags_for_resource),
    "PutResourcePolicy": _plain(policies.put_resource_policy),
    "ListResourcePolicies": _plain(policies.list_resource_policies),
    "DeleteResourcePolicy": _plain(policies.delete_resource_policy),
    "GetEncryptionConfig": _plain(encryption.get_encryption_config),
    "PutEncryptionConfig": _plain(encryption.put_encryption_config),
    "GetTraceSegmentDestination": _plain(destination.get_trace_segment_destination),
    "UpdateTraceSegmentDestination": _plain(
        destination.update_trace_segment_destination
    ),
    "GetIndexingRules": _plain(indexing.get_indexing_rules),
    "UpdateIndexingRule": _plain(indexing.update_indexing_rule),
    "StartTraceRetrieval": _plain(retrieval.start_trace_retrieval),
    "CancelTraceRetrieval": _plain(retrieval.cancel_trace_retrieval),
}
