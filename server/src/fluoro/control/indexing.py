"""Indexing rules: how many traces are searchable while segments go to CloudWatchLogs.

One rule, `Default`, the record `setting/indexing`. Which traces are indexed follows
from their ids alone, so that all servers index the same ones, whole.
"""

from typing import Any

from fluoro.control.context import Context
from fluoro.control.destination import LOGS, present_destination
from fluoro.model.errors import InvalidRequestError, ResourceNotFoundError
from fluoro.store.records import Record, Records

KIND, KEY = "setting", "indexing"
NAME = "Default"
_DEFAULT = {"percentage": 1.0, "modified": 0.0}


def get_indexing_rules(_request: dict[str, Any], context: Context) -> dict[str, Any]:
    """GetIndexingRules: the one rule, on one page."""
    return {
        "IndexingRules": [_answer(context.records.get(KIND, KEY))],
        "NextToken": None,
    }


def update_indexing_rule(request: dict[str, Any], context: Context) -> dict[str, Any]:
    """UpdateIndexingRule. Raises ResourceNotFoundError for any other name."""
    name = request["Name"]
    if name != NAME:
        raise ResourceNotFoundError(
            f"Indexing rule {name} not found", ResourceName=name
        )
    probabilistic = request["Rule"].get("Probabilistic")
    if probabilistic is None:
        raise InvalidRequestError("Rule.Probabilistic is required")
    percentage = float(probabilistic["DesiredSamplingPercentage"])
    if not 0 <= percentage <= 100:
        raise InvalidRequestError("DesiredSamplingPercentage must be from 0 to 100")
    value = {"percentage": percentage, "modified": float(int(context.now))}
    return {"IndexingRule": _answer(context.records.put(KIND, KEY, value))}


def indexed_percentage(records: Records) -> float:
    """Return how many of a hundred traces are indexed now: all but with logs."""
    if present_destination(records) != LOGS:
        return 100.0
    record = records.recent(KIND).get(KEY)
    return float((record.value if record else _DEFAULT)["percentage"])


def _answer(record: Record | None) -> dict[str, Any]:
    value = record.value if record else _DEFAULT
    probabilistic = {"DesiredSamplingPercentage": value["percentage"]}
    return {
        "Name": NAME,
        "ModifiedAt": value["modified"],
        "Rule": {"Probabilistic": probabilistic},
    }
