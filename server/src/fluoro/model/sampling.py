"""The arithmetic of sampling: sharing a reservoir, boosting a rate, matching a rule.

A rule's reservoir is shared by a *plan*, made anew for each 10-second window from the
demand of the windows before it. What a client was once told it may use until it is
told something else or the quota ends, so a plan counts, for every client, the larger
of what it may still hold and what it will be told: their sum never exceeds the
reservoir, in any second, whenever each client happens to ask. A share therefore grows
only by what another client has verifiably given back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any
from zlib import crc32

WINDOW_S = 10
"""X-Ray: statistics are kept, and targets renewed, in windows of ten seconds."""

CLIENT_LIFE_S = 60
"""X-Ray, recorded: statistics older than about a minute give no quota any more."""

QUOTA_TTL_S = CLIENT_LIFE_S
"""Ours. X-Ray's quotas live 300 s, so that a silent client's share would be either
lost for five minutes or promised twice; here it ends when the client is forgotten."""

BOOST_TTL_S = 20
"""X-Ray, recorded: renewed by each report."""

BOOST_MAX_S = 60
"""X-Ray documents a boost of up to a minute, and then the cooldown."""

BOOST_START, BOOST_STEP, BOOST_STEP_S = 2.0, 1.3, 30
"""X-Ray, recorded: twice the fixed rate at first, 1.3 times that after 30 s."""

_BOOST_FLOOR = 0.01


def window_of(at: float) -> int:
    """Return the start of the window that holds the time, in whole epoch seconds."""
    return int(at // WINDOW_S) * WINDOW_S


def share(amount: int, demand: Mapping[str, int]) -> dict[str, int]:
    """Split `amount` in proportion to demand; the parts' sum is the amount.

    Without any demand all are equal. Largest remainders get what is left over,
    smaller names first among equals. Nobody to share with: an empty dict.
    """
    weights = demand if any(demand.values()) else dict.fromkeys(demand, 1)
    total = sum(weights.values())
    parts = {name: amount * weight // total for name, weight in weights.items()}
    left = amount - sum(parts.values())
    by_remainder = sorted(
        weights, key=lambda name: (-(amount * weights[name] % total), name)
    )
    for name in by_remainder[:left]:
        parts[name] += 1
    return parts


@dataclass(frozen=True, slots=True)
class Report:
    """A client's last report on a rule: its demand, and which plan answered it."""

    requests: int
    plan: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who may take how much of each rule's reservoir a second.

    `window` is when it was made. `quotas[rule][client]` is what the client is told,
    `held[rule][client]` what it may still be using from before.
    """

    window: int
    quotas: Mapping[str, Mapping[str, int]]
    held: Mapping[str, Mapping[str, int]]

    def quota(self, rule: str, client: str) -> int | None:
        """Return a client's quota: 0 if it is new, None if the rule has no plan."""
        quotas = self.quotas.get(rule)
        return None if quotas is None else quotas.get(client, 0)


NO_PLAN = Plan(0, {}, {})


def next_plan(
    window: int,
    before: Plan,
    reservoirs: Mapping[str, int],
    reports: Mapping[str, Mapping[str, Report]],
) -> Plan:
    """Return the plan for `window` from the one before and the reports since.

    `reports[rule]` holds every client that is still alive. A client whose last
    report was answered by an older plan than `before` may hold either what it held
    then or, since servers learn of a plan at slightly different times, what `before`
    says.
    """
    quotas: dict[str, Mapping[str, int]] = {}
    held: dict[str, Mapping[str, int]] = {}
    for rule, clients in reports.items():
        if rule not in reservoirs:
            continue
        told, kept = before.quotas.get(rule, {}), before.held.get(rule, {})
        holding = {
            client: told.get(client, 0)
            if report.plan == before.window
            else max(told.get(client, 0), kept.get(client, 0))
            for client, report in clients.items()
        }
        demand = {client: report.requests for client, report in clients.items()}
        held[rule] = holding
        quotas[rule] = _next_quotas(reservoirs[rule], demand, holding)
    return Plan(window, quotas, held)


def _next_quotas(
    reservoir: int, demand: Mapping[str, int], held: Mapping[str, int]
) -> dict[str, int]:
    """Go towards the fair shares as far as what others still hold allows."""
    fair = share(reservoir, demand)
    growth = {c: fair[c] - held[c] for c in fair if fair[c] > held[c]}
    spare = max(reservoir - sum(held.values()), 0)
    if sum(growth.values()) > spare:
        growth = share(spare, growth)
    return {c: min(fair[c], held[c]) + growth.get(c, 0) for c in fair}


def boost_rate(fixed_rate: float, max_rate: float, elapsed_s: float) -> float | None:
    """Return the boosted rate so long after the boost began, None if it is over.

    None also where the highest rate allowed is no more than the fixed one.
    """
    if not 0 <= elapsed_s < BOOST_MAX_S or max_rate <= fixed_rate:
        return None
    steps = int(elapsed_s // BOOST_STEP_S)
    rate = max(fixed_rate, _BOOST_FLOOR) * BOOST_START * BOOST_STEP**steps
    return min(round(rate, 6), max_rate)


def boost_may_start(now: float, started: float, cooldown_minutes: int) -> bool:
    """Tell whether the last boost and its cooldown are over."""
    return now >= started + BOOST_MAX_S + cooldown_minutes * 60


@lru_cache(4096)
def _pattern(wildcard: str) -> re.Pattern[str]:
    # fnmatch's translation takes linear time; sets in brackets are no part of X-Ray's
    return re.compile(translate(wildcard.replace("[", "[[]")), re.IGNORECASE)


def wildcard_matches(wildcard: str, text: str | None) -> bool:
    """Match `*` (any run) and `?` (one character), whatever the case.

    A property that the request lacks matches, as in most of X-Ray's SDKs.
    """
    return text is None or _pattern(wildcard).match(text) is not None


MATCHED_MEMBERS = ("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath")


def first_match(
    rules: list[dict[str, Any]], request: Mapping[str, str | None]
) -> dict[str, Any] | None:
    """Return the rule that decides a request: by priority, then by name.

    `request` has the members of `MATCHED_MEMBERS` that are known.
    """
    for rule in sorted(rules, key=lambda r: (r["Priority"], r["RuleName"])):
        if all(
            wildcard_matches(rule[member], request.get(member))
            for member in MATCHED_MEMBERS
        ):
            return rule
    return None


def is_indexed(trace_id: bytes, percentage: float) -> bool:
    """Tell whether a trace is among the given percentage, by its 16 bytes alone."""
    if percentage >= 100:
        return True
    return crc32(trace_id) < percentage / 100 * (1 << 32)
