"""Sampling arithmetic: shares, plans, boosts, wildcards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluoro.model.sampling import (
    NO_PLAN,
    Plan,
    Report,
    boost_may_start,
    boost_rate,
    first_match,
    next_plan,
    share,
    wildcard_matches,
    window_of,
)

clients = st.sampled_from("abcdef")


@given(
    st.integers(0, 1000),
    st.dictionaries(clients, st.integers(0, 10_000), min_size=1),
)
def test_shares_sum_to_the_reservoir_and_follow_demand(reservoir, demand):
    parts = share(reservoir, demand)
    assert sum(parts.values()) == reservoir
    for one in parts:
        for other in parts:
            if demand[one] > demand[other]:
                assert parts[one] >= parts[other]


def test_shares_of_nobody():
    assert share(5, {}) == {}
    assert share(5, {"a": 0, "b": 0}) == {"a": 3, "b": 2}


steps = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.dictionaries(clients, st.tuples(st.integers(0, 500), st.integers(0, 2))),
    ),
    max_size=12,
)


@given(steps)
def test_no_plan_promises_more_than_the_reservoir(steps):
    """Whatever clients came, went or were slow, as long as the reservoir grows."""
    plan, windows, reservoir = NO_PLAN, [0], 0
    for number, (more, reporting) in enumerate(steps, start=1):
        reservoir += more
        reports = {
            "r": {
                client: Report(requests, windows[max(-1 - age, -len(windows))])
                for client, (requests, age) in reporting.items()
            }
        }
        plan = next_plan(number * 10, plan, {"r": reservoir}, reports)
        windows.append(plan.window)
        told, held = plan.quotas["r"], plan.held["r"]
        assert sum(max(told[client], held[client]) for client in told) <= reservoir


def test_a_share_grows_only_by_what_another_gave_back():
    before = Plan(10, {"r": {"a": 4}}, {"r": {"a": 4}})
    reports = {"r": {"a": Report(10, 10), "b": Report(10, 10)}}
    second = next_plan(20, before, {"r": 4}, reports)
    assert second.quotas == {"r": {"a": 2, "b": 0}}
    reports = {"r": {"a": Report(10, 20), "b": Report(10, 20)}}
    third = next_plan(30, second, {"r": 4}, reports)
    assert third.quotas == {"r": {"a": 2, "b": 2}}


def test_quotas_of_new_clients_and_rules_without_a_plan():
    plan = Plan(10, {"r": {"a": 4}}, {})
    assert plan.quota("r", "a") == 4
    assert plan.quota("r", "new") == 0
    assert plan.quota("other", "a") is None


def test_a_boost_climbs_and_ends():
    rates = [boost_rate(0.05, 0.5, at) for at in (0, 10.5, 21, 31.5, 60)]
    assert rates == [0.1, 0.1, 0.1, 0.13, None]
    assert boost_rate(0.05, 0.08, 0) == 0.08
    assert boost_rate(0.05, 0.05, 0) is None
    assert boost_rate(0.0, 0.5, 0) == 0.02


def test_a_boost_is_followed_by_its_cooldown():
    assert not boost_may_start(179.9, 0, cooldown_minutes=2)
    assert boost_may_start(180, 0, cooldown_minutes=2)


@pytest.mark.parametrize(
    ("wildcard", "text", "expected"),
    [
        ("*", "", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("/API/*", "/api/x", True),
        ("a*b*c", "a--b--c", True),
        ("a*b*c", "a--c--b", False),
        ("[a]", "a", False),
        ("a.c", "abc", False),
        ("shop", None, True),
    ],
)
def test_wildcards(wildcard, text, expected):
    assert wildcard_matches(wildcard, text) is expected


def test_a_long_run_of_wildcards_takes_no_time():
    assert not wildcard_matches("*a" * 60 + "b", "a" * 120)


def test_the_first_matching_rule_decides():
    anything = dict.fromkeys(
        ("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*"
    )
    rules = [
        {**anything, "RuleName": "Default", "Priority": 10_000},
        {**anything, "RuleName": "b", "Priority": 1, "URLPath": "/b*"},
        {**anything, "RuleName": "a", "Priority": 1, "URLPath": "/b*"},
    ]
    matched = first_match(rules, {"URLPath": "/b/1"})
    assert matched is not None
    assert matched["RuleName"] == "a"
    matched = first_match(rules, {"URLPath": "/c"})
    assert matched is not None
    assert matched["RuleName"] == "Default"
    assert first_match([], {}) is None


def test_windows_start_at_tens_of_seconds():
    assert window_of(1_790_000_009.99) == 1_790_000_000
