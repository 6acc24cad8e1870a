"""Values that were really observed, with counts: what completion offers."""

from collections.abc import Iterable
from typing import NamedTuple

from fluoro.model.limits import OBSERVED_ROWS_MAX, OBSERVED_VALUES_MAX
from fluoro.store.engine import Engine

_TEXTS = (
    "name",
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
_EXCEPTIONS = "arrayJoin(arrayFilter(text -> text != '', exceptions.{}))"

_FIELDS = {
    **{column: (column, f"{column} != ''") for column in _TEXTS},
    "http_status": ("toString(http_status)", "http_status != 0"),
    "exception name": (_EXCEPTIONS.format("name"), "notEmpty(exceptions)"),
    "exception message": (_EXCEPTIONS.format("message"), "notEmpty(exceptions)"),
    "annotation key": ("arrayJoin(mapKeys(annotations))", "notEmpty(annotations)"),
    "annotation value": (
        "annotations[{key:String}]",
        "mapContains(annotations, {key:String})",
    ),
}
"""The value of a row, and which rows have one."""

# An annotation's value is a JSON text: a string is looked for by what it says.
_AS_TEXT = "if(startsWith(value, '\"'), JSONExtractString(value), value)"
_TYPE = (
    "multiIf(startsWith(value, '\"'), 'string', value IN ('true', 'false'),"
    " 'boolean', 'number')"
)

# An entity in progress is there again once it is completed. FINAL would tell them apart
# too, but reads the whole window first: 400 ms instead of 50 of 2.7 million rows.
_VALUES = """
SELECT value, uniqExact(entity) AS times FROM (
    SELECT {value} AS value, cityHash64(trace_id, id) AS entity FROM entities
    WHERE start_us >= {{from_us:Int64}} AND start_us < {{to_us:Int64}} AND {where}
    LIMIT {{rows:UInt64}}
) WHERE positionCaseInsensitiveUTF8({text} AS text, {{text:String}}) > 0 AND {fits}
GROUP BY value
ORDER BY startsWith(lowerUTF8({text}), lowerUTF8({{text:String}})) DESC, times DESC,
    value
LIMIT {{values:UInt64}}
"""


class Observed(NamedTuple):
    """A value and how many segments and subsegments had it."""

    value: str
    times: int


def observed(
    engine: Engine,
    field: str,
    window: tuple[int, int],
    *,
    text: str = "",
    key: str = "",
    types: Iterable[str] = (),
) -> list[Observed]:
    """Return the values of a field that contain `text`, in any case.

    `field` is a column that holds texts, `http_status`, `exception name`, `exception
    message`, `annotation key` or `annotation value` (of `key`; values are JSON texts,
    of `types`: `string`, `number`, `boolean`). Those that begin with the text come
    first, then the most frequent. Of what began in the window, in epoch microseconds,
    a bounded number counts. Raises ValueError for another field, EngineError.
    """
    if field not in _FIELDS:
        raise ValueError(f"{field!r} is no field whose values are observed")
    value, where = _FIELDS[field]
    annotation = field == "annotation value"
    sql = _VALUES.format(
        value=value,
        where=where,
        text=_AS_TEXT if annotation else "value",
        fits=f"{_TYPE} IN {{types:Array(String)}}" if annotation else "1",
    )
    parameters = {
        "from_us": window[0],
        "to_us": window[1],
        "rows": OBSERVED_ROWS_MAX,
        "text": text,
        "key": key,
        "types": [str(kind) for kind in types],
        "values": OBSERVED_VALUES_MAX,
    }
    return [Observed(str(v), int(times)) for v, times in engine.query(sql, parameters)]
