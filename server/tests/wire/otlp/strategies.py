"""Any export request that protobuf can write, for property tests."""

from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    EntityRef,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import (
    ResourceSpans,
    ScopeSpans,
    Span,
    Status,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
uint32 = st.integers(0, 2**32 - 1)
nanoseconds = st.integers(0, 2**64 - 1)
known_keys = st.sampled_from(
    [
        "http.method",
        "http.status_code",
        "url.path",
        "db.system",
        "aws.span.kind",
        "aws.remote.service",
        "aws.xray.annotations",
        "aws.xray.metadata.default",
        "aws.dynamodb.table_names",
        "enduser.id",
        "bytesValue",
        "kvlistValue",
        "unset",
    ]
)
known_values = st.sampled_from(["GET", "mysql", "LOCAL_ROOT", "{}", "a", "200"])
keys = texts | known_keys

scalars = st.one_of(
    st.builds(AnyValue),
    st.builds(AnyValue, string_value=texts | known_values),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(
        AnyValue, double_value=st.floats(allow_nan=False) | st.just(float("nan"))
    ),
    st.builds(AnyValue, bytes_value=st.binary(max_size=8)),
    st.builds(AnyValue, string_value_strindex=st.integers(1, 9)),
)


def _pairs(values):
    present = st.builds(KeyValue, key=keys, value=values)
    empty = st.builds(KeyValue, key=keys)
    numbered = st.builds(KeyValue, key_strindex=st.integers(1, 9), value=values)
    return st.lists(present | empty | numbered, max_size=5)


values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(
            AnyValue,
            array_value=st.builds(ArrayValue, values=st.lists(inner, max_size=4)),
        ),
        st.builds(AnyValue, kvlist_value=st.builds(KeyValueList, values=_pairs(inner))),
    ),
    max_leaves=8,
)
attributes = _pairs(values)
ids16, ids8 = st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8)

events = st.builds(
    Span.Event,
    time_unix_nano=nanoseconds,
    name=texts | st.just("exception"),
    attributes=attributes,
    dropped_attributes_count=uint32,
)
links = st.builds(
    Span.Link,
    trace_id=ids16 | st.binary(max_size=3),
    span_id=ids8 | st.binary(max_size=3),
    trace_state=texts,
    attributes=attributes,
    dropped_attributes_count=uint32,
    flags=uint32,
)
statuses = st.builds(Status, message=texts, code=st.integers(0, 5))
spans = st.builds(
    Span,
    trace_id=ids16.filter(any),
    span_id=ids8.filter(any),
    parent_span_id=st.just(b"") | ids8 | st.just(bytes(8)),
    trace_state=texts,
    flags=uint32,
    name=texts,
    kind=st.integers(0, 7),
    start_time_unix_nano=nanoseconds,
    end_time_unix_nano=nanoseconds,
    attributes=attributes,
    dropped_attributes_count=uint32,
    events=st.lists(events, max_size=2),
    dropped_events_count=uint32,
    links=st.lists(links, max_size=2),
    dropped_links_count=uint32,
    status=st.none() | statuses,
)
resources = st.builds(
    Resource,
    attributes=attributes,
    dropped_attributes_count=uint32,
    entity_refs=st.lists(
        st.builds(
            EntityRef,
            schema_url=texts,
            type=texts,
            id_keys=st.lists(texts, max_size=2),
            description_keys=st.lists(texts, max_size=2),
        ),
        max_size=1,
    ),
)
scopes = st.builds(
    InstrumentationScope,
    name=texts,
    version=texts,
    attributes=attributes,
    dropped_attributes_count=uint32,
)
resource_spans = st.builds(
    ResourceSpans,
    resource=st.none() | resources,
    schema_url=texts,
    scope_spans=st.lists(
        st.builds(
            ScopeSpans,
            scope=st.none() | scopes,
            spans=st.lists(spans, min_size=1, max_size=1),
            schema_url=texts,
        ),
        min_size=1,
        max_size=1,
    ),
)
"""A resource with one scope and one span, whose ids are well formed."""
