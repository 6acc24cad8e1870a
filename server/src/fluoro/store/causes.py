"""Root causes as rows, so that filters on them are SQL.

The way to a fault is found by rules over a trace's whole tree, which `query` holds.
What it finds is kept in the table `causes`, one row a trace, under a stamp that is a
function of the trace's rows: a row of another stamp does not count, so the table holds
nothing that cannot be derived again. It is filled for the candidates of a search or of
a group, which the filter's necessary condition has found among the flagged rows, and is
there for the next one.

`elements` has a service, entity or exception each; `texts` has each cause as one line
that `rootcause.json` is matched against (`filters.pattern`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fluoro.filters.pattern import encode_cause
from fluoro.store.engine import Engine, Rows

Json = dict[str, Any]
CausesOf = Callable[[list[bytes]], dict[bytes, dict[str, list[Json]]]]
"""Returns the causes (as in a TraceSummary) of each trace, by `fault`, `error` and
`responsetime`; traces that are gone are left out."""

CANDIDATES = """trace_id IN (
    SELECT toFixedString(unhex(arrayJoin(splitByChar(',', {ids:String}))), 16))"""
"""The condition that chooses traces by the parameter `ids` (`listed`)."""


def listed(ids: Iterable[str]) -> str:
    """Return ids, in hex, as one text: an array would take the engine longer to plan.

    326 of them took a statement 15.3 ms instead of 17.5.
    """
    return ",".join(ids)


STAMPED = "cityHash64(id, version)"
"""What each row of a trace adds, by exclusive or, to the stamp of the trace."""

_MISSING = f"""
SELECT trace_id, stamp, received_us FROM (
    SELECT trace_id, groupBitXor({STAMPED}) AS stamp, max(received_us) AS received_us
    FROM entities FINAL WHERE {CANDIDATES} GROUP BY trace_id
) WHERE (trace_id, stamp) NOT IN (
    SELECT trace_id, stamp FROM causes WHERE {CANDIDATES}
)"""

CAUSES = f"""(
    SELECT trace_id, stamp, true AS known, {{columns}} FROM (
        SELECT trace_id, stamp, texts, e.1 AS kind, e.2 AS level, e.3 AS index,
            e.4 AS size, e.5 AS node_name, e.6 AS node_type, e.7 AS remote,
            e.8 AS inferred, e.9 AS coverage, e.10 AS message
        FROM causes LEFT ARRAY JOIN elements AS e WHERE {CANDIDATES}
    ) GROUP BY trace_id, stamp
)"""
"""The view of root causes; `columns` are formulas over one element and `texts`."""

_COLUMNS = ("trace_id", "stamp", "received_us", "elements", "texts")


def missing(engine: Engine, ids: list[str]) -> Rows:
    """Return what the table lacks of the traces with these ids (in hex)."""
    return missing_among(engine, CANDIDATES, {"ids": listed(ids)})


def missing_among(engine: Engine, scope: str, parameters: Mapping[str, Any]) -> Rows:
    """Return what the table lacks of the traces that a condition chooses."""
    return engine.query(_MISSING.replace(CANDIDATES, scope), parameters)


def derive(engine: Engine, lacking: Rows, causes_of: CausesOf) -> None:
    """Add what `missing` found."""
    found = causes_of([trace_id for trace_id, _, _ in lacking])
    cells: list[Any] = []
    for trace_id, stamp, received_us in lacking:
        causes = found.get(trace_id, {})
        texts = [encode_cause(c) for of_kind in causes.values() for c in of_kind]
        cells += (trace_id, stamp, received_us, list(_elements(causes)), texts)
    engine.insert("causes", _COLUMNS, cells)


def _elements(causes: dict[str, list[Json]]) -> Iterator[tuple[Any, ...]]:
    for kind, of_kind in causes.items():
        for cause in of_kind:
            services = cause["Services"]
            for number, service in enumerate(services):
                place = (kind, "service", number, len(services))
                yield _element(place, service, service["Type"] or "")
                path = service["EntityPath"]
                for index, entity in enumerate(path):
                    yield _element((kind, "entity", index, len(path)), entity)
                    exceptions = entity.get("Exceptions", ())
                    for at, exception in enumerate(exceptions):
                        place = (kind, "exception", at, len(exceptions))
                        yield _element(place, exception)


def _element(
    place: tuple[str, str, int, int], found: Json, node_type: str = ""
) -> tuple[Any, ...]:
    return (
        *place,
        found["Name"] or "",
        node_type,
        found.get("Remote", False),
        found.get("Inferred", False),
        found.get("Coverage", -1.0),
        found.get("Message") or "",
    )
