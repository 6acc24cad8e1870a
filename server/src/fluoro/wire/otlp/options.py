"""What people may choose about how spans become segments."""

from dataclasses import dataclass

from fluoro.model.limits import SPAN_ANNOTATIONS_MAX

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


DEFAULTS = MappingOptions()
