"""What people may choose about how spans become segments."""

from dataclasses import dataclass, field

from fluoro.model.limits import (
    DOCUMENT_BYTES_MAX,
    OTLP_REQUEST_BYTES_MAX,
    SPAN_ANNOTATIONS_MAX,
    SPAN_BYTES_MAX,
    SPANS_PER_REQUEST_MAX,
)

RESOURCE_PREFIX = "otel.resource."
"""A resource attribute is named so wherever a span's attributes are (collector)."""

DEFAULT_INDEXED = frozenset(
    RESOURCE_PREFIX + name
    for name in (
        "deployment.environment",
        "deployment.environment.name",
        "service.namespace",
    )
)


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """What one request may bring: bytes once it is opened, spans, bytes of a span.

    `document_bytes` is what the document made of a span should not exceed.
    """

    request_bytes: int = OTLP_REQUEST_BYTES_MAX
    spans: int = SPANS_PER_REQUEST_MAX
    span_bytes: int = SPAN_BYTES_MAX
    document_bytes: int = DOCUMENT_BYTES_MAX


@dataclass(frozen=True, slots=True)
class MappingOptions:
    """Which attributes can be searched, and what a resource leaves unsaid.

    With `index_all`, which suits someone who sets nothing, every text, number and
    boolean of a span that has no place of its own in a segment becomes an annotation,
    up to `annotations_max` a span; the rest is metadata. `indexed` names attributes
    that are annotations in any case, resource attributes as `otel.resource.<name>`.
    A span can name more of them in its attribute `aws.xray.annotations`.
    """

    index_all: bool = True
    indexed: frozenset[str] = DEFAULT_INDEXED
    annotations_max: int = SPAN_ANNOTATIONS_MAX
    log_groups: tuple[str, ...] = ()
    """CloudWatch log groups of resources that name none themselves."""
    limits: ExportLimits = field(default_factory=ExportLimits)


DEFAULTS = MappingOptions()
