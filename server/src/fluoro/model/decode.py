"""From the text of one document to a validated `Entity`, or to a refusal.

Optional members that do not fit their type are dropped, as X-Ray drops them; a missing
or malformed required member refuses the whole document, children included (recorded:
one bad child rejects its segment, and the answer carries the root's id).

The typed decoder reads what a well-behaved client sends; whatever it does not accept is
read again by `lenient`, so that odd input costs its sender a few more microseconds and
nothing else.
"""

import re
from collections.abc import Callable

import msgspec

from fluoro.model.document import Entity
from fluoro.model.ids import parse_entity_id, parse_trace_id
from fluoro.model.lenient import decode_leniently
from fluoro.model.limits import (
    NAME_LENGTH_MAX,
    SUBSEGMENT_DEPTH_MAX,
    TIME_SECONDS_MAX,
)
from fluoro.model.refusals import Refused

_decode_typed = msgspec.json.Decoder(Entity).decode

_NAME = re.compile(r"[\w\s.:/%&#=+\-@\\]{1,200}\Z")
_KNOWN_NAMES_MAX = 65_536
_known_names: set[str] = set()


def decode_document(
    raw: str | bytes, bytes_max: int | None = None
) -> tuple[Entity, str | bytes]:
    """Return the document, and its text made valid where it was not quite JSON.

    Raises Refused, whose text names the field, for anything X-Ray refuses, and for more
    than `bytes_max` bytes; what was admitted once is of any size.
    """
    if bytes_max is not None and len(raw) > bytes_max:
        raise Refused(
            "DocumentTooLarge",
            f"the document has {len(raw):,} bytes, the limit is {bytes_max:,}",
        )
    try:
        entity = _decode_typed(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        entity, raw = decode_leniently(raw)
    except RecursionError:
        raise Refused("ParseError", "the document nests too deeply") from None
    _validate_root(entity)
    return entity, raw


def _validate_root(entity: Entity) -> None:
    """Check what only a whole document has, then the entity and its children."""
    if entity.type is None:
        kind = "segment"
    elif entity.type == "subsegment":
        kind = "subsegment"
    else:
        raise Refused(
            "UnknownType",
            f"type is {entity.type!r}; only 'subsegment' may stand there",
            kind="entity",
            document_id=entity.id,
        )

    def refuse(code: str, cause: str) -> Refused:
        return Refused(code, cause, kind=kind, document_id=entity.id)

    _validate_id(entity, refuse)
    if not entity.trace_id:
        raise refuse("MissingTraceId", "trace_id is missing")
    try:
        parse_trace_id(entity.trace_id)
    except ValueError:
        raise refuse(
            "InvalidTraceId",
            f"trace_id {entity.trace_id[:64]!r} is not 1-<8 hex>-<24 hex>",
        ) from None
    _validate_rest(entity, refuse, "Segment" if kind == "segment" else "Subsegment")
    if entity.parent_id:
        try:
            parse_entity_id(entity.parent_id)
        except ValueError:
            raise refuse(
                "InvalidParentId",
                f"parent_id {entity.parent_id[:64]!r} is not 16 hex digits",
            ) from None
    elif kind == "subsegment":
        raise refuse("MissingParentId", "parent_id is missing")
    if entity.subsegments:
        root_id = entity.id

        def refuse_child(code: str, cause: str) -> Refused:
            return Refused(code, cause, kind="subsegment", document_id=root_id)

        _validate_children(entity.subsegments, refuse_child, 1)


def _validate_children(
    children: list[Entity], refuse: Callable[[str, str], Refused], depth: int
) -> None:
    if depth > SUBSEGMENT_DEPTH_MAX:
        raise refuse("ParseError", f"subsegments nest deeper than {depth - 1}")
    for child in children:
        _validate_id(child, refuse)
        _validate_rest(child, refuse, "Subsegment")
        if child.subsegments:
            _validate_children(child.subsegments, refuse, depth + 1)


def _validate_id(entity: Entity, refuse: Callable[[str, str], Refused]) -> None:
    text = entity.id
    if not text:
        raise refuse("MissingId", "id is missing")
    try:
        if len(text) == 16 and len(bytes.fromhex(text)) == 8:
            return
    except ValueError:
        pass
    raise refuse("InvalidId", f"id {text[:64]!r} is not 16 hex digits")


def _validate_rest(
    entity: Entity, refuse: Callable[[str, str], Refused], kind: str
) -> None:
    name = entity.name
    if name not in _known_names:
        entity.name = _check_name(name, refuse)
    if entity.start_time is None:
        raise refuse("MissingStartTime", "start_time is missing or no number")
    if not -TIME_SECONDS_MAX < entity.start_time < TIME_SECONDS_MAX:
        raise refuse("InvalidStartTime", f"start_time {entity.start_time} is no time")
    if entity.end_time is None:
        if not entity.in_progress:
            raise refuse(
                "MissingEndTime", "end_time is missing and in_progress is not true"
            )
    elif entity.in_progress:
        raise refuse(
            f"InProgress{kind}HasEndTime", "in_progress is true and end_time is set"
        )
    elif not -TIME_SECONDS_MAX < entity.end_time < TIME_SECONDS_MAX:
        raise refuse("InvalidEndTime", f"end_time {entity.end_time} is no time")


def _check_name(name: str | None, refuse: Callable[[str, str], Refused]) -> str:
    """Return the name, cut to 200 characters; remember the good ones."""
    if not name:
        raise refuse("MissingName", "name is missing or no text")
    cut = name[:NAME_LENGTH_MAX]
    if _NAME.match(cut) is None:
        bad = next(c for c in cut if _NAME.match(c) is None)
        raise refuse(
            "InvalidName",
            f"name {cut[:64]!r} holds {bad!r}; letters, numbers, white space and"
            r" _ . : / % & # = + - @ \ are allowed",
        )
    if cut is name:
        if len(_known_names) >= _KNOWN_NAMES_MAX:
            _known_names.clear()
        _known_names.add(name)
    return cut
