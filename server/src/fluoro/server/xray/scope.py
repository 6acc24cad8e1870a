"""Groups as a scope: their present expressions, and the traces that match them."""

from functools import partial
from typing import Any

from fluoro.control.context import Context
from fluoro.control.groups import get_groups, group_expression
from fluoro.filters.compile import compile_filter
from fluoro.filters.groups import expand_groups
from fluoro.filters.parser import parse
from fluoro.filters.syntax import And, Expression, FilterError
from fluoro.model.errors import InvalidRequestError
from fluoro.query.summaries import causes_of
from fluoro.store.membership import members
from fluoro.store.rollups import Traces

Json = dict[str, Any]


def expressions(context: Context) -> dict[str, str | None]:
    """Return every group's filter expression by its name and by its ARN."""
    listed = get_groups({}, context)["Groups"]
    return {
        key: group["FilterExpression"]
        for group in listed
        for key in (group["GroupName"], group["GroupARN"])
    }


def group_members(
    context: Context,
    request: Json,
    window: tuple[int, int],
    matching: Expression | None = None,
) -> Traces | None:
    """Return the traces of the group that a request names; None for all.

    Of these only those that match an expression, where one is given. `window` bounds
    the receipts, in epoch microseconds. Raises InvalidRequestError where there is no
    such group, or both a name and an ARN are given, and EngineError.
    """
    name, arn = request.get("GroupName"), request.get("GroupARN")
    if name is not None and arn is not None:
        raise InvalidRequestError("Provide either GroupName or GroupARN, not both")
    expression = group_expression(context.records, name, arn)
    terms = [parse(expression)] if expression else []
    if matching is not None:
        terms.append(matching)
    if not terms:
        return None
    try:
        parsed = expand_groups(And(tuple(terms)), expressions(context))
    except FilterError as error:
        raise InvalidRequestError(str(error)) from None
    engine = context.records.engine
    condition = compile_filter(parsed)
    return members(engine, condition, window, partial(causes_of, engine))
