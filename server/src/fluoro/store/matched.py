"""Which entities the service and edge terms of a filter select in traces found."""

from dataclasses import dataclass, field

from fluoro.filters.compile import Selectors
from fluoro.store.causes import listed
from fluoro.store.engine import Engine
from fluoro.store.views import INDEPENDENT, selected_entities


@dataclass(slots=True)
class Matched:
    """What was selected of one trace, in no order.

    `nodes` are (number of the term, id of the segment or call), `edges` (number, id of
    who saw the call, id of its target).
    """

    nodes: list[tuple[int, int]] = field(default_factory=list)
    edges: list[tuple[int, int, int]] = field(default_factory=list)


def read_matched(
    engine: Engine, selectors: Selectors, window: tuple[int, int], ids: list[bytes]
) -> dict[bytes, Matched]:
    """Return what terms select of traces, limited to ends in `window` (microseconds).

    Raises EngineError.
    """
    found = {trace_id: Matched() for trace_id in ids}
    if not ids:
        return found
    parameters = {
        **selectors.parameters,
        "ids": listed(trace_id.hex() for trace_id in ids),
        "start_us": window[0],
        "end_us": window[1],
    }
    climb = bool(engine.query(INDEPENDENT, parameters)[0][0])
    for member, sql in selected_entities(selectors, climb=climb).items():
        for trace_id, entities in engine.query(sql, parameters):
            setattr(found[trace_id], member, list(map(tuple, entities)))
    return found
