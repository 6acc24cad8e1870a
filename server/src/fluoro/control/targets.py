"""GetSamplingTargets and GetSamplingStatisticSummaries: rules as clients follow them.

Each server keeps the reports of about a second, the plan that shares the reservoirs,
and nothing else; the store holds what servers agree on (`store.sampling`). A plan is
made once a window, about a second after its start so that every server's reports are
in. A boost is the record `sampling-boost/<rule>`: when it began and until when the
last report of anomalies keeps it.
"""

import threading
from collections.abc import Sequence
from typing import Any

from fluoro.control.context import Context
from fluoro.control.sampling import DEFAULT, Rule, present_rules
from fluoro.model.sampling import (
    BOOST_TTL_S,
    NO_PLAN,
    QUOTA_TTL_S,
    WINDOW_S,
    boost_may_start,
    boost_rate,
    next_plan,
    window_of,
)
from fluoro.store.engine import Engine
from fluoro.store.records import Records
from fluoro.store.sampling import (
    ReportRow,
    latest_plan,
    live_reports,
    window_sums,
    write_plan,
    write_reports,
)

BOOST_KIND = "sampling-boost"
SYNC_S = 0.5
PLAN_LAG_S = 1.0
SUMMARY_LAG_S = 0.5
PENDING_MAX = 20_000


class Targets:
    """One server's part in sharing the reservoirs. Safe to call from threads."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._engine: Engine = records.engine
        self._plan = NO_PLAN
        self._pending: dict[tuple[int, str, str], ReportRow] = {}
        self._synced_at = 0.0
        self._syncing = threading.Lock()
        self._lock = threading.Lock()

    def get_sampling_targets(
        self, request: dict[str, Any], context: Context
    ) -> dict[str, Any]:
        """GetSamplingTargets: one target for each statistics document, in order."""
        if context.now - self._synced_at >= SYNC_S or len(self._pending) > PENDING_MAX:
            self.sync(context.now)
        rules, changed = present_rules(self._records)
        boosts = request.get("SamplingBoostStatisticsDocuments")
        unknown_boosts = self._take_boosts(boosts or (), rules, context)
        targets, unknown = [], []
        for document in request["SamplingStatisticsDocuments"]:
            rule = rules.get(document["RuleName"])
            if rule is None:
                unknown.append(_unknown_rule(document["RuleName"]))
                continue
            quota = self._take_report(document, context.now)
            targets.append(self._target(rule, quota, context.now))
        answer = {
            "SamplingTargetDocuments": targets,
            "LastRuleModification": changed,
            "UnprocessedStatistics": unknown,
        }
        if boosts is not None:
            answer["UnprocessedBoostStatistics"] = unknown_boosts
        return answer

    def get_sampling_statistic_summaries(
        self, _request: dict[str, Any], context: Context
    ) -> dict[str, Any]:
        """GetSamplingStatisticSummaries: the latest closed window, every custom rule.

        Rules without reports have zeros; `Default` is there only if it had some.
        """
        self.sync(context.now)
        window = window_of(context.now - SUMMARY_LAG_S) - WINDOW_S
        sums = window_sums(self._engine, window)
        rules, _ = present_rules(self._records)
        names = [name for name in rules if name != DEFAULT or name in sums]
        return {
            "SamplingStatisticSummaries": [
                _summary(name, window, sums.get(name, (0, 0, 0))) for name in names
            ],
            "NextToken": None,
        }

    def sampling_rates(self, now: float) -> dict[str, float]:
        """Return the present rate of each rule with a boost configured.

        X-Ray publishes it as the metric `SamplingRate`.
        """
        rates = {}
        for name, rule in present_rules(self._records)[0].items():
            if "SamplingRateBoost" in rule:
                boost = self._present_boost(rule, now)
                rates[name] = boost["BoostRate"] if boost else rule["FixedRate"]
        return rates

    def settle(self, now: float) -> None:
        """Write the reports held back, if nobody has asked for targets since."""
        if self._pending:
            self.sync(now)

    def sync(self, now: float) -> None:
        """Write the reports held back, and use or make the window's plan.

        Returns at once if another thread is at it.
        """
        if not self._syncing.acquire(blocking=False):
            return
        try:
            with self._lock:
                pending, self._pending = self._pending, {}
            try:
                write_reports(self._engine, list(pending.values()))
            except BaseException:
                with self._lock:
                    self._pending = pending | self._pending
                raise
            self._plan = self._agreed_plan(window_of(now - PLAN_LAG_S))
            self._synced_at = now
        finally:
            self._syncing.release()

    def _agreed_plan(self, window: int) -> Any:
        plan = latest_plan(self._engine)
        if plan.window >= window:
            return plan
        rules, _ = present_rules(self._records)
        reservoirs = {name: rule["ReservoirSize"] for name, rule in rules.items()}
        reports = live_reports(self._engine, window)
        if not reports and not plan.quotas:
            return plan
        write_plan(self._engine, next_plan(window, plan, reservoirs, reports))
        return latest_plan(self._engine)

    def _take_report(self, document: dict[str, Any], now: float) -> int | None:
        """Note a client's demand and return the quota that answers it."""
        plan, rule, client = self._plan, document["RuleName"], document["ClientID"]
        sampled = document.get("SampledCount")
        if sampled is None:
            sampled = document.get("SampleCount")  # ADOT for Python writes it so
        window = window_of(now)
        row = ReportRow(
            window,
            rule,
            client,
            round(now * 1e6),
            document.get("RequestCount") or 0,
            sampled or 0,
            document.get("BorrowCount") or 0,
            plan.window,
        )
        with self._lock:
            self._pending[window, rule, client] = row
        stale = plan.window < window_of(now - PLAN_LAG_S) - WINDOW_S
        return None if stale else plan.quota(rule, client)

    def _target(self, rule: Rule, quota: int | None, now: float) -> dict[str, Any]:
        known = quota is not None
        target = {
            "RuleName": rule["RuleName"],
            "FixedRate": rule["FixedRate"],
            "Interval": WINDOW_S if known else None,
            "ReservoirQuota": quota,
            "ReservoirQuotaTTL": float(int(now) + QUOTA_TTL_S) if known else None,
        }
        boost = self._present_boost(rule, now)
        if boost is not None:
            target["SamplingBoost"] = boost
        return target

    def _take_boosts(
        self,
        documents: Sequence[dict[str, Any]],
        rules: dict[str, Rule],
        context: Context,
    ) -> list[dict[str, str]]:
        """Begin or renew the boost of rules with unsampled anomalies."""
        unknown = []
        for document in documents:
            rule = rules.get(document["RuleName"])
            if rule is None:
                unknown.append(_unknown_rule(document["RuleName"]))
            elif "SamplingRateBoost" in rule and (
                document["AnomalyCount"] > document["SampledAnomalyCount"]
            ):
                self._renew_boost(rule, context.now)
        return unknown

    def _renew_boost(self, rule: Rule, now: float) -> None:
        name, boost = rule["RuleName"], rule["SamplingRateBoost"]
        known = self._records.recent(BOOST_KIND).get(name)
        started, until = (
            (known.value["started"], known.value["until"]) if known else (None, 0.0)
        )
        if now < until - BOOST_TTL_S / 2:
            return  # one write in ten seconds is enough for all servers
        if started is None or boost_may_start(
            now, started, boost["CooldownWindowMinutes"]
        ):
            started = now
        if boost_rate(rule["FixedRate"], boost["MaxRate"], now - started) is not None:
            value = {"started": started, "until": now + BOOST_TTL_S}
            self._records.put(BOOST_KIND, name, value)

    def _present_boost(self, rule: Rule, now: float) -> dict[str, float] | None:
        if "SamplingRateBoost" not in rule:
            return None
        record = self._records.recent(BOOST_KIND).get(rule["RuleName"])
        if record is None or now >= record.value["until"]:
            return None
        rate = boost_rate(
            rule["FixedRate"],
            rule["SamplingRateBoost"]["MaxRate"],
            now - record.value["started"],
        )
        if rate is None:
            return None
        return {"BoostRate": rate, "BoostRateTTL": float(int(now) + BOOST_TTL_S)}


def _unknown_rule(name: str) -> dict[str, str]:
    return {"RuleName": name, "ErrorCode": "400", "Message": "Unknown rule"}


def _summary(name: str, window: int, counts: tuple[int, int, int]) -> dict[str, Any]:
    requests, sampled, borrowed = counts
    return {
        "RuleName": name,
        "Timestamp": float(window),
        "RequestCount": requests,
        "SampledCount": sampled,
        "BorrowCount": borrowed,
    }
