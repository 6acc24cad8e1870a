"""`/api/filters`: what may follow in an expression, and what one says or has wrong."""

from typing import Any

from starlette.concurrency import run_in_threadpool

from fluoro.control.context import Context
from fluoro.control.groups import get_groups
from fluoro.model.errors import InvalidRequestError
from fluoro.model.limits import OBSERVED_SECONDS, TIME_SECONDS_MAX
from fluoro.query.completion import complete_filter, explain_filter
from fluoro.query.window import window_of
from fluoro.store.engine import Engine
from fluoro.store.rollups import Range

Json = dict[str, Any]


async def complete(engine: Engine, context: Context, body: Json) -> Json:
    """Return what may stand at `Position` of `Expression`, its end by default.

    Values are those of what began from `StartTime` until `EndTime`, by default in the
    last 24 hours. Raises InvalidRequestError for members of the wrong type, and
    EngineError.
    """
    expression = _expression(body)
    position = body.get("Position", len(expression))
    if type(position) is not int or not 0 <= position <= len(expression):
        raise InvalidRequestError("Position must be a place in the expression")
    window = _window(body, context.now)

    def groups() -> list[Json]:
        listed: list[Json] = get_groups({}, context)["Groups"]
        return listed

    found = await run_in_threadpool(
        complete_filter, engine, groups, expression, position, window
    )
    return {
        "From": found["start"],
        "To": found["end"],
        "Options": [
            {
                "Label": item["text"],
                "Kind": item["kind"],
                "Detail": item["detail"],
                "Count": item["count"],
            }
            for item in found["items"]
        ],
    }


async def explain(body: Json) -> Json:
    """Return what `Expression` selects, in words, or the first thing wrong with it."""
    found = explain_filter(_expression(body))
    error = found["error"]
    problems = [
        {
            "Start": error["offset"],
            "End": error["offset"] + error["length"],
            "Message": error["message"],
            "Suggestion": error["suggestion"],
        }
        for error in ([error] if error else [])
    ]
    return {"Problems": problems, "Explanation": found["explanation"]}


def _window(body: Json, now: float) -> Range:
    for member in ("StartTime", "EndTime"):
        if type(body.get(member, now)) not in (int, float):
            raise InvalidRequestError(f"{member} must be a time in epoch seconds")
    end = body.get("EndTime", TIME_SECONDS_MAX)
    start = body.get("StartTime", min(end, now) - OBSERVED_SECONDS)
    return window_of({"StartTime": start, "EndTime": end})


def _expression(body: Json) -> str:
    expression = body.get("Expression")
    if not isinstance(expression, str):
        raise InvalidRequestError("Expression must be a text")
    return expression
