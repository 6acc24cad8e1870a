"""What sampling clients reported and which plan answers them, shared by all servers.

A server holds reports back for about a second and writes them in one insert, so the
store sees a write a second however many clients there are. Of the plans that several
servers make for one window the engine keeps the first, and all of them use that one.
"""

from dataclasses import dataclass

import orjson

from fluoro.model.sampling import CLIENT_LIFE_S, NO_PLAN, Plan, Report
from fluoro.store.engine import Engine

REPORT_COLUMNS = (
    "window",
    "rule",
    "client",
    "received_us",
    "requests",
    "sampled",
    "borrowed",
    "plan",
)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One client's report on one rule; a later one of its window replaces it."""

    window: int
    rule: str
    client: str
    received_us: int
    requests: int
    sampled: int
    borrowed: int
    plan: int


def write_reports(engine: Engine, rows: list[ReportRow]) -> None:
    """Add reports; all of them, or an EngineError."""
    cells = [getattr(row, column) for row in rows for column in REPORT_COLUMNS]
    engine.insert("sampling_reports", REPORT_COLUMNS, cells)


def live_reports(engine: Engine, window: int) -> dict[str, dict[str, Report]]:
    """Return the last report of every live client by rule, of closed windows only.

    A client lives for `CLIENT_LIFE_S` before the start of `window`.
    """
    rows = engine.query(
        """
        SELECT rule, client, argMax(requests, received_us), argMax(plan, received_us)
        FROM sampling_reports FINAL
        WHERE window < {window:UInt32} AND window >= {oldest:UInt32}
        GROUP BY rule, client
        HAVING max(received_us) > {oldest_us:Int64}
        """,
        {
            "window": window,
            "oldest": window - CLIENT_LIFE_S,
            "oldest_us": (window - CLIENT_LIFE_S) * 1_000_000,
        },
    )
    reports: dict[str, dict[str, Report]] = {}
    for rule, client, requests, plan in rows:
        reports.setdefault(rule, {})[client] = Report(requests, plan)
    return reports


def window_sums(engine: Engine, window: int) -> dict[str, tuple[int, int, int]]:
    """Return (requests, sampled, borrowed) of a window by rule, over all clients."""
    rows = engine.query(
        """
        SELECT rule, sum(requests), sum(sampled), sum(borrowed)
        FROM sampling_reports FINAL WHERE window = {window:UInt32} GROUP BY rule
        """,
        {"window": window},
    )
    return {
        rule: (requests, sampled, borrowed)
        for rule, *counts in rows
        for requests, sampled, borrowed in [counts]
    }


def write_plan(engine: Engine, plan: Plan) -> None:
    """Propose a plan; the first one proposed for its window stands."""
    value = orjson.dumps({"quotas": plan.quotas, "held": plan.held}).decode()
    engine.insert(
        "sampling_plans",
        ("window", "value"),
        [plan.window, value],
        once=f"plan/{plan.window}",
    )


def latest_plan(engine: Engine) -> Plan:
    """Return the newest plan, `NO_PLAN` if there is none."""
    rows = engine.query(
        "SELECT window, value FROM sampling_plans ORDER BY window DESC LIMIT 1"
    )
    if not rows:
        return NO_PLAN
    value = orjson.loads(rows[0][1])
    return Plan(rows[0][0], value["quotas"], value["held"])
