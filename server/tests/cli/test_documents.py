"""Documents out of the files that people have."""

import json

import pytest

from fluoro.cli.documents import NotDocumentsError, read_documents

A, B = {"name": "a", "id": "1"}, {"name": "b", "id": "2"}
ANSWER = {
    "Traces": [
        {
            "Id": "1-x",
            "Segments": [
                {"Id": "1", "Document": json.dumps(A)},
                {"Id": "3", "Document": json.dumps(A | {"inferred": True})},
            ],
        },
        {"Id": "1-y", "Segments": [{"Id": "2", "Document": json.dumps(B)}]},
    ],
    "UnprocessedTraceIds": [],
}


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        (json.dumps(A), [A]),
        (json.dumps([A, B]), [A, B]),
        (json.dumps([json.dumps(A), json.dumps(B)]), [A, B]),
        (f"{json.dumps(A)}\n\n{json.dumps(B)}\n", [A, B]),
        (json.dumps(A, indent=2) + json.dumps(B, indent=2), [A, B]),
        (json.dumps({"TraceSegmentDocuments": [json.dumps(A)]}), [A]),
        (json.dumps(ANSWER), [A, B]),
        (json.dumps(ANSWER["Traces"][0] | {"Segments": [A, B]}), [A, B]),
        ("", []),
    ],
)
def test_each_form(text, documents):
    assert [json.loads(found) for found in read_documents(text)] == documents


def test_a_broken_text_names_the_line():
    with pytest.raises(NotDocumentsError, match="line 2 is no JSON"):
        list(read_documents(f"{json.dumps(A)}\n{{broken\n"))


def test_text_that_is_no_document_is_left_for_the_server_to_refuse():
    assert list(read_documents('["no document", {}]')) == ["no document", "{}"]
