"""`/api/filters`: what may follow in an expression, and what one says or has wrong."""

from typing import Any

from starlette.concurrency import run_in_threadpool

from fluoro.model.errors import InvalidRequestError
from fluoro.query.completion import complete_filter, explain_filter
from fluoro.server.services import Services

Json = dict[str, Any]


async def complete(services: Services, body: Json) -> Json:
    """Return what may stand at `Position` of `Expression`, its end by default.

    Raises InvalidRequestError for members of the wrong type, and EngineError.
    """
    expression = _expression(body)
    position = body.get("Position", len(expression))
    if not isinstance(position, int) or not 0 <= position <= len(expression):
        raise InvalidRequestError("Position must be a place in the expression")
    found = await run_in_threadpool(
        complete_filter, services.engine, expression, position, services.now()
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


def _expression(body: Json) -> str:
    expression = body.get("Expression")
    if not isinstance(expression, str):
        raise InvalidRequestError("Expression must be a text")
    return expression
