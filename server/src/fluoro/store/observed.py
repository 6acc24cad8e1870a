"""Values that were really observed lately, with counts: what completion offers."""

from typing import NamedTuple

from fluoro.model.limits import OBSERVED_ROWS_MAX, OBSERVED_VALUES_MAX
from fluoro.store.engine import Engine

COLUMNS = (
    "node_name",
    "node_type",
    "http_url",
    "http_method",
    "user_agent",
    "client_ip",
    "user",
    "availability_zone",
    "instance_id",
    "resource_arn",
    "account_id",
)
"""The columns of `entities` whose values may be asked for."""


class Observed(NamedTuple):
    """A value and how many segments and subsegments had it."""

    value: str
    times: int


_VALUES = """
SELECT value, count() AS times FROM (
    SELECT {value} AS value FROM entities
    WHERE received_us >= {{from_us:Int64}} AND {where} LIMIT {{rows:UInt64}}
) WHERE positionCaseInsensitiveUTF8(value, {{text:String}}) > 0
GROUP BY value
ORDER BY startsWith(lowerUTF8(value), lowerUTF8({{text:String}})) DESC, times DESC,
    value
LIMIT {{values:UInt64}}
"""
_KEYS = ("arrayJoin(mapKeys(annotations))", "notEmpty(annotations)")
_VALUES_OF_KEY = (
    "annotations[{key:String}]",
    "mapContains(annotations, {key:String})",
)


def observed(
    engine: Engine,
    field: str,
    *,
    from_us: int,
    text: str = "",
    key: str = "",
    values: int = OBSERVED_VALUES_MAX,
) -> list[Observed]:
    """Return the values of a field that contain `text`, in any case.

    `field` is one of COLUMNS, `annotation key` or `annotation value` (of `key`; values
    are JSON texts). Those that begin with the text come first, then the most frequent.
    Only rows received since `from_us` count, and of them a bounded number. Raises
    ValueError for another field, EngineError.
    """
    if field == "annotation key":
        value, where = _KEYS
    elif field == "annotation value":
        value, where = _VALUES_OF_KEY
    elif field in COLUMNS:
        value, where = field, f"{field} != ''"
    else:
        raise ValueError(f"{field!r} is no field whose values are observed")
    parameters = {
        "from_us": from_us,
        "rows": OBSERVED_ROWS_MAX,
        "text": text,
        "key": key,
        "values": values,
    }
    rows = engine.query(_VALUES.format(value=value, where=where), parameters)
    return [Observed(str(value), int(count)) for value, count in rows]
