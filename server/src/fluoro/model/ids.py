"""Trace and entity ids: text on the wire, 16 bytes and 64 bits inside.

A trace id is `1-<8 hex>-<24 hex>`; an id made by a W3C client carries no time in its
first eight digits. Segments, subsegments and exceptions have 16 hex digits. Ids are
stored and answered in lower case.
"""

from functools import lru_cache

TRACE_ID_LENGTH = 35


# A document's is read twice, and those of one trace come together.
@lru_cache(4_096)
def parse_trace_id(text: str) -> bytes:
    """Return the 16 bytes of `1-<8 hex>-<24 hex>`; raise ValueError for others."""
    if len(text) != TRACE_ID_LENGTH or text[:2] != "1-" or text[10] != "-":
        raise ValueError(text)
    raw = bytes.fromhex(text[2:10] + text[11:])
    if len(raw) != 16:
        raise ValueError(text)
    return raw


def parse_any_trace_id(text: str) -> bytes:
    """Read a trace id as X-Ray or as W3C (32 hex digits) writes it."""
    if len(text) == 32:
        raw = bytes.fromhex(text)
        if len(raw) == 16:
            return raw
    return parse_trace_id(text)


def format_trace_id(raw: bytes) -> str:
    """Return `1-<8 hex>-<24 hex>` for 16 bytes."""
    digits = raw.hex()
    return f"1-{digits[:8]}-{digits[8:]}"


def parse_entity_id(text: str) -> int:
    """Return the 64 bits of 16 hex digits; raise ValueError for anything else."""
    if len(text) == 16:
        raw = bytes.fromhex(text)
        if len(raw) == 8:
            return int.from_bytes(raw, "big")
    raise ValueError(text)


def format_entity_id(number: int) -> str:
    """Return 16 lower-case hex digits."""
    return f"{number:016x}"
