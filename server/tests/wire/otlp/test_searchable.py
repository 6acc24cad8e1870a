"""Annotations and metadata: where the rest of the attributes goes."""

import pytest

from fluoro.wire.otlp.options import MappingOptions

PARENT = b"12345678"
NOTHING = MappingOptions(index_all=False, indexed=frozenset())


def test_by_default_each_scalar_is_an_annotation(document):
    made = document(
        "INTERNAL",
        {"text": "x", "n": 1, "d": 1.5, "b": True, "list": [1], "map": {"k": "v"}},
        parent_span_id=PARENT,
    )
    assert made["annotations"] == {"text": "x", "n": 1, "d": 1.5, "b": True}
    assert made["metadata"]["default"] == {"list": [1], "map": {"k": "v"}}


def test_what_is_indexed_is_a_setting(document):
    options = MappingOptions(index_all=False, indexed=frozenset({"a", "http.method"}))
    made = document("CLIENT", {"a": 1, "b": 2, "http.method": "GET"}, options=options)
    assert made["annotations"] == {"a": 1, "http.method": "GET"}
    assert made["metadata"]["default"]["b"] == 2


def test_a_span_names_what_is_indexed(document):
    attributes = {"aws.xray.annotations": ["a", "http.method", 7], "a": 1, "b": 2}
    made = document("CLIENT", attributes | {"http.method": "GET"}, options=NOTHING)
    assert made["annotations"] == {"a": 1, "http.method": "GET"}
    assert made["metadata"]["default"] == {"b": 2}


@pytest.mark.parametrize(
    ("key", "clean"),
    [("a.b", "a.b"), ("a-b c", "a_b_c"), ("ü", "_"), ("x" * 600, "x" * 500)],
)
def test_keys_are_cleaned(document, key, clean):
    assert document("INTERNAL", {key: 1})["annotations"] == {clean: 1}


def test_what_does_not_fit_an_annotation_is_metadata(document):
    long = "x" * 1001
    made = document("INTERNAL", {"a-b": 1, "a_b": 2, "long": long})
    assert made["annotations"] == {"a_b": 1}
    assert made["metadata"]["default"] == {"a_b": 2, "long": long}


def test_annotations_are_bounded(document):
    made = document("INTERNAL", {f"k{i}": i for i in range(60)})
    assert len(made["annotations"]) == 50
    assert made["metadata"]["default"]["k59"] == 59


def test_resource_attributes_are_metadata_of_segments_only(document):
    resource = {"host.arch": "arm64", "service.namespace": "shop"}
    made = document(resource=resource)
    assert made["metadata"]["default"] == {"otel.resource.host.arch": "arm64"}
    assert made["annotations"] == {"otel.resource.service.namespace": "shop"}
    below = document("INTERNAL", resource=resource, parent_span_id=PARENT)
    assert "annotations" not in below
    assert below["metadata"].keys() == {"otel"}


@pytest.mark.parametrize(
    ("text", "placed"),
    [('{"k": [1]}', True), ("[1]", False), ("{", False), (7, False)],
)
def test_metadata_in_a_namespace_of_its_own(document, text, placed):
    made = document("INTERNAL", {"aws.xray.metadata.mine": text}, options=NOTHING)
    if placed:
        assert made["metadata"]["mine"] == {"k": [1]}
    else:
        assert made["metadata"]["default"] == {"aws.xray.metadata.mine": text}


def test_the_records_namespace_is_reserved(document):
    made = document("INTERNAL", {"aws.xray.metadata.otel": "{}"}, options=NOTHING)
    assert made["metadata"]["default"] == {"aws.xray.metadata.otel": "{}"}
    assert made["metadata"]["otel"]["kind"] == "INTERNAL"
