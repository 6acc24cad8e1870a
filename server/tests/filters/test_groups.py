"""Groups in groups: how far they may lead."""

import pytest

from fluoro.filters.compile import compile_filter
from fluoro.filters.groups import expand_groups
from fluoro.filters.parser import parse
from fluoro.filters.syntax import FilterError
from fluoro.model.limits import EXPANDED_DEPTH_MAX, FILTER_DEPTH_MAX, FILTER_TERMS_MAX

WINDOW = (0, 1)


def chain(length, form="{}"):
    """The groups g0, g1, ... each of which is the one before it, written as `form`."""
    names = (form.format(f'group.name = "g{n - 1}"') for n in range(1, length))
    return {"g0": "fault", **{f"g{n}": text for n, text in enumerate(names, 1)}}


@pytest.mark.parametrize(
    "groups",
    [chain(520), chain(12, "!" * 48 + "{}"), chain(5, "(ok " * 49 + "{}" + ")" * 49)],
    ids=["groups", "negations", "parentheses"],
)
def test_groups_that_nest_too_deep_are_refused(groups):
    last = list(groups)[-1]
    with pytest.raises(FilterError, match=f"deeper than {EXPANDED_DEPTH_MAX}"):
        expand_groups(parse(f'group.name = "{last}"'), groups)


@pytest.mark.parametrize("meaning", ["fault", 'group.name = "unknown"', ""])
def test_groups_that_multiply_are_refused_at_once(meaning):
    groups = chain(40, "{0} OR {0}") | {"g0": meaning}
    with pytest.raises(FilterError, match=f"more than {FILTER_TERMS_MAX} terms"):
        expand_groups(parse('group.name = "g39"'), groups)


def nested(depth):
    return "ok OR fault AND (" * depth + "ok OR fault AND ok" + ")" * depth


@pytest.mark.parametrize(
    "text", [nested(FILTER_DEPTH_MAX), "!" * FILTER_DEPTH_MAX + "ok"]
)
def test_what_parses_is_never_too_deep(find, text):
    expression = parse(text)
    assert expand_groups(expression, {}) == expression
    assert find(expression, WINDOW) == set()


def test_the_deepest_expression_is_searched(find):
    """As many groups as fit, around braces that nest as deep as they may."""
    inner = f"service() {{ {nested(FILTER_DEPTH_MAX - 1)} }}"
    groups = chain(EXPANDED_DEPTH_MAX, "ok {}") | {"g0": inner}
    depth = EXPANDED_DEPTH_MAX // 2 - 1
    expression = expand_groups(parse(f'group.name = "g{depth}"'), groups)
    assert compile_filter(expression).leaves
    assert find(expression, WINDOW) == set()
    with pytest.raises(FilterError):
        expand_groups(parse(f'group.name = "g{depth + 1}"'), groups)
