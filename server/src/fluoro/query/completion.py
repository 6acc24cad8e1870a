"""`/api/filters/complete` and `/api/filters/explain`: help with writing a filter."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from fluoro.filters.complete import Completions, Observe, complete
from fluoro.filters.explain import explain
from fluoro.store.engine import Engine
from fluoro.store.observed import observed

Json = dict[str, Any]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*")
_KEY = re.compile(r'[^]\s"](?:[^]\n]*[^]\s"])?')
_OF_GROUPS = {"group name": "GroupName", "group ARN": "GroupARN"}


def complete_filter(
    engine: Engine,
    groups: Callable[[], list[Json]],
    text: str,
    position: int,
    window: tuple[int, int],
) -> Json:
    """Return what may stand at a position of an expression.

    `position` counts characters from 0; `window` is the time, in epoch microseconds,
    in which what is offered began; `groups` lists groups as GetGroups does. The answer
    is `{"start", "end", "items"}`: an item's `text` replaces the expression's text from
    start to end. Items are `{"text", "kind", "detail", "count"}`, kind being `keyword`,
    `operator`, `connective`, `symbol`, `function`, `value` or `observed`; the last are
    values of segments, and `count` says of how many (None for other kinds). Never
    raises for a bad expression: its list is empty. Raises EngineError.
    """
    found = complete(text, position)
    wanted = found.observe
    known: list[Json] = []
    if wanted and wanted.field in _OF_GROUPS:
        known = _of_groups(groups(), _OF_GROUPS[wanted.field], found.prefix)
    elif wanted:
        known = _observed(engine, found, wanted, window)
    texts = {item["text"] for item in known}
    options = [_item(o.text, o.kind, o.detail) for o in found.options]
    items = [item for item in options if item["text"] not in texts] + known
    return {"start": found.start, "end": found.end, "items": items}


def explain_filter(text: str) -> Json:
    """Return `{"valid", "explanation", "error"}`, as `filters.explain` describes."""
    return explain(text)


def _item(text: str, kind: str, detail: str = "", count: int | None = None) -> Json:
    return {"text": text, "kind": kind, "detail": detail, "count": count}


def _of_groups(groups: Iterable[Json], member: str, typed: str) -> list[Json]:
    return [
        _item(_string(group[member]), "value", group["FilterExpression"] or "")
        for group in groups
        if typed.lower() in group[member].lower()
    ]


def _observed(
    engine: Engine, found: Completions, wanted: Observe, window: tuple[int, int]
) -> list[Json]:
    values = observed(
        engine,
        wanted.field,
        window,
        text=found.prefix,
        key=wanted.key,
        types=wanted.types,
    )
    written = [(_written(wanted, value.value), value.times) for value in values]
    return [_item(text, "observed", count=times) for text, times in written if text]


def _written(wanted: Observe, value: str) -> str:
    """Return a value as an expression writes it; "" for a key that it cannot."""
    if wanted.quoted:
        return _string(value)
    if wanted.field != "annotation key" or _PLAIN_KEY.fullmatch(value):
        return wanted.form.format(value)
    keyword = wanted.form.removesuffix(".{}").removesuffix("[{}]")
    return f"{keyword}[{value}]" if _KEY.fullmatch(value) else ""


def _string(text: str) -> str:
    return orjson.dumps(text).decode()
