"""`/api/filters/complete` and `/api/filters/explain`: help with writing a filter."""

import re
from typing import Any

import orjson

from fluoro.filters.complete import Completions, Observe, complete
from fluoro.filters.explain import explain
from fluoro.model.limits import OBSERVED_SECONDS
from fluoro.store.engine import Engine
from fluoro.store.observed import Observed, observed

Json = dict[str, Any]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.]+\Z")


def complete_filter(engine: Engine, text: str, position: int, now: float) -> Json:
    """Return what may stand at a position of an expression.

    `position` counts characters from 0, `now` is in epoch seconds. The answer is
    `{"start", "end", "items"}`: an item's `text` replaces the expression's text from
    start to end. Items are `{"text", "kind", "detail", "count"}`, kind being `keyword`,
    `operator`, `connective`, `symbol`, `function`, `value` or `observed`; the last are
    values of recent segments, and `count` says of how many (None for other kinds).
    Never raises for a bad expression: its list is empty. Raises EngineError.
    """
    found = complete(text, position)
    items = [
        {"text": o.text, "kind": o.kind, "detail": o.detail, "count": None}
        for o in found.options
    ]
    if found.observe:
        items += _observed(engine, found, found.observe, now)
    return {"start": found.start, "end": found.end, "items": items}


def explain_filter(text: str) -> Json:
    """Return `{"valid", "explanation", "error"}`, as `filters.explain` describes."""
    return explain(text)


def _observed(
    engine: Engine, found: Completions, wanted: Observe, now: float
) -> list[Json]:
    from_us = round((now - OBSERVED_SECONDS) * 1e6)
    values = observed(
        engine, wanted.field, from_us=from_us, text=found.prefix, key=wanted.key
    )
    return [
        {
            "text": _written(wanted, value),
            "kind": "observed",
            "detail": "",
            "count": value.times,
        }
        for value in values
    ]


def _written(wanted: Observe, value: Observed) -> str:
    """Return a value as it is written in an expression."""
    text = value.value
    if wanted.quoted:
        return orjson.dumps(text).decode()
    if wanted.field == "annotation key" and not _PLAIN_KEY.match(text):
        return wanted.form.partition(".{}")[0].partition("[{}]")[0] + f"[{text}]"
    return wanted.form.format(text)
