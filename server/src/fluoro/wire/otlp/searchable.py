"""Where attributes go that have no place of their own: annotations and metadata."""

import re
from typing import Any

import orjson

from fluoro.model.limits import ANNOTATION_KEY_LENGTH_MAX, ANNOTATION_VALUE_LENGTH_MAX
from fluoro.wire.otlp.options import MappingOptions

Attributes = dict[str, Any]
RECORD_NAMESPACE = "otel"
"""The namespace of metadata that is reserved for the span's record."""

_CHOSEN = "aws.xray.annotations"
_METADATA_PREFIX = "aws.xray.metadata."
_FORBIDDEN = re.compile(r"[^A-Za-z0-9_.]")
_SCALARS = frozenset({int, float, bool})
_CACHE_MAX = 65_536
_clean_keys: dict[str, str] = {}


def searchable(
    attributes: Attributes,
    rest: Attributes,
    resource: Attributes,
    options: MappingOptions,
) -> tuple[Attributes, dict[str, Any]]:
    """Return the annotations and the metadata of a span.

    `rest` is what is left of the span's `attributes`; `resource` is its resource's,
    named `otel.resource.<name>`, and empty for subsegments. What is to be indexed by
    name is an annotation even where it has a place of its own, and resource attributes
    are indexed only by name.
    """
    indexed: frozenset[str] | set[str] = options.indexed
    if _CHOSEN in attributes:
        indexed = indexed.union(_chosen(attributes[_CHOSEN])) - {_CHOSEN}
        rest.pop(_CHOSEN, None)
    for key in indexed.intersection(attributes):
        rest[key] = attributes[key]
    annotations: Attributes = {}
    default: Attributes = {}
    metadata: dict[str, Any] = {}
    room = options.annotations_max
    everything = options.index_all
    for key, value in rest.items():
        if (everything or key in indexed) and len(annotations) < room and _fits(value):
            name = _clean_keys.get(key) or clean_key(key)
            if name not in annotations:
                annotations[name] = value
                continue
        if not (key.startswith(_METADATA_PREFIX) and _place(key, value, metadata)):
            default[key] = value
    if resource:
        _add_resource(resource, indexed, annotations, default)
    if default:
        metadata["default"] = metadata.get("default", {}) | default
    return annotations, metadata


def _chosen(names: Any) -> list[str]:
    """Return the names of attributes that a span itself wants to be annotations."""
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str)]


def _fits(value: Any) -> bool:
    """Whether a value can be an annotation."""
    kind = type(value)
    if kind is str:
        return len(value) <= ANNOTATION_VALUE_LENGTH_MAX
    return kind in _SCALARS


def _add_resource(
    resource: Attributes,
    indexed: frozenset[str] | set[str],
    annotations: Attributes,
    default: Attributes,
) -> None:
    default.update(resource)
    for key in indexed & resource.keys():
        if _fits(resource[key]):
            annotations[clean_key(key)] = default.pop(key)


def _place(key: str, value: Any, metadata: dict[str, Any]) -> bool:
    """Unpack `aws.xray.metadata.<namespace>`; False if it holds no JSON object."""
    namespace = key.removeprefix(_METADATA_PREFIX)
    if namespace == RECORD_NAMESPACE or not isinstance(value, str):
        return False
    try:
        members = orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(members, dict):
        return False
    metadata[namespace] = members
    return True


def clean_key(key: str) -> str:
    """Return the key with `_` for characters that annotations' keys cannot have."""
    known = _clean_keys.get(key)
    if known is not None:
        return known
    clean = _FORBIDDEN.sub("_", key)[:ANNOTATION_KEY_LENGTH_MAX] or "_"
    if len(_clean_keys) >= _CACHE_MAX:
        _clean_keys.clear()
    _clean_keys[key] = clean
    return clean
