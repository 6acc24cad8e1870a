"""The operations on what people configure: each is a function of `control`.

A handler here takes the call's context beside the services and the request: when it is
made, by whom, and for which region.
"""

from collections.abc import Callable, Sequence
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
from fluoro.model.ids import parse_trace_id
from fluoro.query.assemble import assemble
from fluoro.query.otel import otel_documents
from fluoro.query.render import render_segments
from fluoro.server.services import Services
from fluoro.store.documents import read_documents

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


_FORMS = {"XRAY": render_segments, "OTEL": otel_documents}


def _read_traces(services: Services) -> retrieval.ReadTraces:
    def read(ids: Sequence[str], form: str) -> list[retrieval.Retrieved]:
        raw = [parse_trace_id(one) for one in ids]
        found = read_documents(services.engine, raw)
        traces = [assemble(one, found[one]) for one in raw if one in found]
        return [
            retrieval.Retrieved(
                trace.id, trace.start, trace.duration, list(_FORMS[form](trace))
            )
            for trace in traces
        ]

    return read


def _list_retrieved(services: Services, context: Context, request: Json) -> Json:
    return retrieval.list_retrieved_traces(request, context, _read_traces(services))


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
    "ListRetrievedTraces": _list_retrieved,
}
