"""Documents X-Ray takes, and those it refuses: code, id and pattern as recorded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluoro.model.decode import decode_document
from fluoro.model.limits import DOCUMENT_BYTES_MAX
from fluoro.model.refusals import Refused

ID, TRACE = "a" * 16, "1-6ab00000-" + "b" * 24
SEGMENT = {"id": ID, "name": "n", "trace_id": TRACE, "start_time": 1, "end_time": 2}
CHILD = {"id": "c" * 16, "name": "c", "start_time": 1, "end_time": 2}


def without(key, **members):
    return {k: v for k, v in {**SEGMENT, **members}.items() if k != key}


def with_child(**members):
    child = {k: v for k, v in {**CHILD, **members}.items() if v != "absent"}
    return {**SEGMENT, "subsegments": [child]}


REFUSALS = [
    ("{", "ParseError", None, "segment"),
    ([], "ParseError", None, "entity"),
    (7, "ParseError", None, "entity"),
    (None, "ParseError", None, "entity"),
    ({}, "MissingId", None, "segment"),
    (without("id"), "MissingId", None, "segment"),
    ({**SEGMENT, "id": ""}, "MissingId", "", "segment"),
    ({**SEGMENT, "id": "xyz"}, "InvalidId", "xyz", "segment"),
    ({**SEGMENT, "id": "0x34567890123456"}, "InvalidId", "0x34567890123456", "segment"),
    ({**SEGMENT, "id": " 234567890123456"}, "InvalidId", " 234567890123456", "segment"),
    (without("trace_id"), "MissingTraceId", ID, "segment"),
    ({**SEGMENT, "trace_id": "1-2-3"}, "InvalidTraceId", ID, "segment"),
    ({**SEGMENT, "trace_id": "b" * 32}, "InvalidTraceId", ID, "segment"),
    (without("name"), "MissingName", ID, "segment"),
    ({**SEGMENT, "name": ""}, "MissingName", ID, "segment"),
    ({**SEGMENT, "name": 5}, "MissingName", ID, "segment"),
    ({**SEGMENT, "name": "shop?"}, "InvalidName", ID, "segment"),
    (without("start_time"), "MissingStartTime", ID, "segment"),
    ({**SEGMENT, "start_time": "1"}, "MissingStartTime", ID, "segment"),
    ({**SEGMENT, "start_time": 1e300}, "InvalidStartTime", ID, "segment"),
    ({**SEGMENT, "end_time": 1e300}, "InvalidEndTime", ID, "segment"),
    (without("end_time"), "MissingEndTime", ID, "segment"),
    (without("end_time", in_progress=False), "MissingEndTime", ID, "segment"),
    (
        {**SEGMENT, "in_progress": True},
        "InProgressSegmentHasEndTime",
        ID,
        "segment",
    ),
    ({**SEGMENT, "parent_id": "nope"}, "InvalidParentId", ID, "segment"),
    ({**SEGMENT, "type": "subsegment"}, "MissingParentId", ID, "subsegment"),
    ({**SEGMENT, "type": "other"}, "UnknownType", ID, "entity"),
    (with_child(id="absent"), "MissingId", ID, "subsegment"),
    (with_child(id="1"), "InvalidId", ID, "subsegment"),
    (with_child(name="absent"), "MissingName", ID, "subsegment"),
    (with_child(name=5), "MissingName", ID, "subsegment"),
    (with_child(name="a|b"), "InvalidName", ID, "subsegment"),
    (with_child(start_time="absent"), "MissingStartTime", ID, "subsegment"),
    (with_child(end_time="absent"), "MissingEndTime", ID, "subsegment"),
    (with_child(in_progress=True), "InProgressSubsegmentHasEndTime", ID, "subsegment"),
    ({**SEGMENT, "subsegments": [7]}, "ParseError", ID, "entity"),
    ({**SEGMENT, "subsegments": [None]}, "ParseError", ID, "entity"),
    ({**SEGMENT, "subsegments": [[]]}, "ParseError", ID, "entity"),
]


@pytest.mark.parametrize(("document", "code", "document_id", "kind"), REFUSALS)
def test_refusals_carry_the_code_the_id_and_the_kind(document, code, document_id, kind):
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(Refused) as refused:
        decode_document(text.encode())
    assert refused.value.code == code
    assert refused.value.document_id == document_id
    assert str(refused.value).startswith(f"Invalid {kind}. ErrorCode: {code}, Cause: ")


ACCEPTED = [
    SEGMENT,
    {**SEGMENT, "in_progress": False},
    {**without("end_time"), "in_progress": True},
    {**SEGMENT, "start_time": 1.478e9},
    {**SEGMENT, "start_time": 0},
    {**SEGMENT, "start_time": -1},
    {**SEGMENT, "end_time": 0.5},
    {**SEGMENT, "trace_id": "1-00000000-" + "b" * 24},
    {**SEGMENT, "trace_id": "1-6AB00000-" + "B" * 24},
    {**SEGMENT, "parent_id": ID},
    {**SEGMENT, "name": "Größe 日本 _.:/%&#=+-@\\"},
    {**SEGMENT, "user": 5, "origin": [], "http": "no", "aws": 3, "annotations": []},
    {**SEGMENT, "http": {"response": {"status": "200", "content_length": "5"}}},
    {**SEGMENT, "cause": "c" * 16},
    {**SEGMENT, "cause": {"id": "c" * 16, "exceptions": []}},
    {**SEGMENT, "annotations": {"a-b.c": {"no": 1}, "ok": True}},
    {**SEGMENT, "Dummy": False, "service": {"name": "x"}},
    {**SEGMENT, "subsegments": {}},
    {**SEGMENT, "subsegments": "text"},
    {**SEGMENT, "subsegments": None},
    with_child(type="other", trace_id="wrong", parent_id="wrong"),
    with_child(end_time="absent", in_progress=True),
    {**SEGMENT, "links": [{"trace_id": TRACE}, 3]},
]


@pytest.mark.parametrize("document", ACCEPTED)
def test_what_real_clients_send_is_taken(document):
    entity, text = decode_document(json.dumps(document).encode())
    assert entity.id == ID
    assert json.loads(text)["id"] == ID


def test_a_long_name_is_cut_not_refused():
    entity, _ = decode_document(json.dumps({**SEGMENT, "name": "n" * 300}).encode())
    assert entity.name == "n" * 200


def test_nan_and_broken_text_are_mended():
    text = json.dumps({**SEGMENT, "metadata": {"x": float("nan")}, "user": "u"})
    entity, mended = decode_document(text.encode().replace(b'"u"', b'"\xff"'))
    assert json.loads(mended)["metadata"] == {"x": None}
    assert entity.user == "\ufffd"


@pytest.mark.parametrize(
    "text",
    [
        b'{"id":' + b"[" * 100_000,
        b"[" * 100_000,
        json.dumps({**SEGMENT, "metadata": {"x": 1}}).encode()[:-2] + b"9" * 5000,
        b'{"id":"\xff\xfe',
        b"",
        b"\x00",
    ],
)
def test_hostile_text_is_refused_and_harms_nobody(text):
    with pytest.raises(Refused):
        decode_document(text)


def test_deeply_nested_subsegments_are_refused():
    document = json.dumps(SEGMENT)[:-1]
    child = json.dumps(CHILD)[:-1]
    text = document + (', "subsegments": [' + child) * 500 + "}]" * 500 + "}"
    with pytest.raises(Refused) as refused:
        decode_document(text.encode())
    assert refused.value.code == "ParseError"


def test_a_document_over_the_limit_is_refused_with_both_sizes():
    text = json.dumps({**SEGMENT, "metadata": {"x": "y" * 300_000}})
    with pytest.raises(Refused) as refused:
        decode_document(text.encode(), DOCUMENT_BYTES_MAX)
    assert refused.value.code == "DocumentTooLarge"
    assert "262,144" in str(refused.value)


def test_what_was_admitted_once_is_read_at_any_size():
    text = json.dumps({**SEGMENT, "metadata": {"x": "y" * 300_000}})
    assert decode_document(text.encode())[0].id == SEGMENT["id"]


def test_ten_thousand_subsegments_that_fit_are_taken():
    children = [{**CHILD, "id": f"{n:016x}"} for n in range(3000)]
    text = json.dumps({**SEGMENT, "subsegments": children}, separators=(",", ":"))
    entity, _ = decode_document(text.encode())
    assert len(entity.subsegments) == 3000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [*SEGMENT, "subsegments", "http", "aws", "cause", "annotations", "links"]
        ),
        json_values,
    )
)
def test_any_json_ends_in_a_document_or_a_refusal(members):
    text = json.dumps({**SEGMENT, **members}).encode()
    try:
        entity, mended = decode_document(text)
    except Refused:
        return
    assert len(entity.id) == 16
    assert isinstance(json.loads(mended), dict)
