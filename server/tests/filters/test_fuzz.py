"""Texts that are no expressions, or strange ones: nothing crashes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import strategies
from fluoro.filters.compile import compile_filter
from fluoro.filters.complete import complete
from fluoro.filters.explain import explain
from fluoro.filters.groups import expand_groups
from fluoro.filters.keywords import COMPLEX, KEYWORDS, OPERATORS, Type
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError

WORDS = (
    *KEYWORDS,
    *COMPLEX,
    *OPERATORS[Type.ANY],
    *("AND", "OR", "NOT", "!", "(", ")", "{", "}", ",", ":", "[", "]", "#", '"', "id"),
    *("annotation.k", "annotation[a b]", "source.annotation.x", "true", "name:"),
    *('"a"', r'"\u0000\n"', "1", "-2.5e3", '#[{"Services":[{"Name":"a"}]}]', "\n"),
    *("&&", "||", "==", "~", ".", "-key", "'"),
)
texts = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=25).map("".join),
    st.text(max_size=60),
)


@settings(max_examples=400, deadline=None)
@given(text=texts, position=st.integers(0, 200))
def test_any_text_parses_or_is_refused_at_a_place_in_it(text, position):
    found = complete(text, position)
    assert 0 <= found.start <= found.end <= len(text)
    explained = explain(text)
    error = explained["error"]
    if error is None:
        condition = compile_filter(expand_groups(parse(text), {}))
        assert all(isinstance(name, str) for name in condition.parameters)
        return
    with pytest.raises(FilterError):
        parse(text)
    assert 0 <= error["offset"] <= len(text)
    assert error["line"] == text[: error["offset"]].count("\n") + 1


@settings(max_examples=400, deadline=None)
@given(
    text=st.one_of(strategies.expressions, strategies.causes, texts),
    position=st.integers(0, 200),
)
def test_an_offer_is_never_what_is_wrong(text, position):
    """Written up to an offer an expression is right, or wrong at its end."""
    found = complete(text, position)
    for option in found.options:
        written = f"{text[: found.start]}{option.text}"
        if written.endswith("annotation."):
            written += "key"
        error = explain(written)["error"]
        assert error is None or error["offset"] >= len(written)


@settings(max_examples=200, deadline=None)
@given(value=st.text(max_size=30))
def test_values_are_parameters_and_never_text(value):
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    condition = compile_filter(parse(f'user = "{quoted}"'))
    assert value in condition.parameters.values()
    if len(value) > 3 and not value.isalnum():
        assert value not in condition.sql + "".join(condition.any)
