"""Sampling targets: recorded shapes, and a reservoir that is never overdrawn."""

import random

import pytest

from fluoro.control.sampling import create_sampling_rule, update_sampling_rule
from fluoro.control.targets import Targets

START = 4_000_000_000.25
CLIENT = "0123456789abcdef01234567"


def rule(name="r", **members):
    return {
        "RuleName": name,
        "ResourceARN": "*",
        "Priority": 1,
        "FixedRate": 0.05,
        "ReservoirSize": 5,
        "ServiceName": "*",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
        **members,
    }


@pytest.fixture
def targets(context):
    create_sampling_rule({"SamplingRule": rule()}, context)
    return Targets(context.records)


def report(targets, context, client=CLIENT, name="r", **counts):
    document = {
        "RuleName": name,
        "ClientID": client,
        "Timestamp": 0,
        "RequestCount": 100,
        "SampledCount": 10,
        "BorrowCount": 3,
        **counts,
    }
    request = {"SamplingStatisticsDocuments": [document]}
    return targets.get_sampling_targets(request, context)


def quota(answer):
    return answer["SamplingTargetDocuments"][0]["ReservoirQuota"]


def test_the_first_window_has_no_quota_and_the_next_has(targets, later, conforms):
    first = conforms("GetSamplingTargets", report(targets, later(5)))
    assert first == {
        "SamplingTargetDocuments": [
            {
                "RuleName": "r",
                "FixedRate": 0.05,
                "Interval": None,
                "ReservoirQuota": None,
                "ReservoirQuotaTTL": None,
            }
        ],
        "LastRuleModification": START,
        "UnprocessedStatistics": [],
    }
    second = conforms("GetSamplingTargets", report(targets, later(15)))
    assert second["SamplingTargetDocuments"] == [
        {
            "RuleName": "r",
            "FixedRate": 0.05,
            "Interval": 10,
            "ReservoirQuota": 5,
            "ReservoirQuotaTTL": 4_000_000_075.0,
        }
    ]
    assert quota(report(targets, later(16), client="z" * 24)) == 0


def test_a_quota_outlives_a_gap_of_a_minute_but_no_more(targets, later):
    report(targets, later(5))
    assert quota(report(targets, later(5 + 57))) == 5
    assert quota(report(targets, later(62 + 90))) is None


def test_unknown_rules_are_named_and_the_rest_proceeds(targets, later):
    documents = [
        {"RuleName": name, "ClientID": CLIENT, "Timestamp": 0}
        for name in ("r", "gone", "r", "Default")
    ]
    answer = targets.get_sampling_targets(
        {"SamplingStatisticsDocuments": documents}, later(0)
    )
    names = [target["RuleName"] for target in answer["SamplingTargetDocuments"]]
    assert names == ["r", "r", "Default"]
    assert answer["UnprocessedStatistics"] == [
        {"RuleName": "gone", "ErrorCode": "400", "Message": "Unknown rule"}
    ]


def test_a_changed_rule_shows_at_once(targets, later):
    report(targets, later(5))
    update_sampling_rule(
        {"SamplingRuleUpdate": {"RuleName": "r", "FixedRate": 0.9}}, later(14.5)
    )
    answer = report(targets, later(15))
    assert answer["SamplingTargetDocuments"][0]["FixedRate"] == 0.9
    assert answer["LastRuleModification"] == START + 14.5


def test_servers_on_one_store_share_one_reservoir(targets, context, later):
    other = Targets(context.records)
    report(targets, later(5), client="a" * 24, RequestCount=300)
    report(other, later(6), client="b" * 24, RequestCount=200)
    for server in (targets, other):
        server.sync(START + 8)
    answers = [
        quota(report(targets, later(15), client="a" * 24)),
        quota(report(other, later(16), client="b" * 24)),
    ]
    assert answers == [3, 2]


def simulate(servers, later, reservoir, seconds, seed):
    """Ten clients with uneven demand that come, go and move between servers."""
    rng = random.Random(seed)
    clients = [f"{number:024d}" for number in range(10)]
    due = {client: rng.uniform(0, 10) for client in clients}
    demand = {client: rng.choice((0, 1, 10, 1000)) for client in clients}
    quotas, given = {}, 0
    for second in range(seconds):
        for client in clients:
            if due[client] > second:
                continue
            answer = report(
                rng.choice(servers),
                later(second),
                client=client,
                RequestCount=demand[client],
            )
            target = answer["SamplingTargetDocuments"][0]
            quotas[client] = (target["ReservoirQuota"], target["ReservoirQuotaTTL"])
            pause = rng.choice((10, 10, 10, 10, 11, 45, 90))
            due[client] = second + pause + rng.random()
            demand[client] = rng.choice((demand[client], rng.randrange(2000)))
        for server in servers:
            server.sync(START + second + 0.5)
        now = START + second
        valid = [q for q, ttl in quotas.values() if q is not None and now <= ttl]
        given += sum(valid)
        assert sum(valid) <= reservoir
    return given


@pytest.mark.parametrize("count", [1, 2])
def test_ten_clients_never_exceed_the_reservoir(context, later, count):
    create_sampling_rule({"SamplingRule": rule(ReservoirSize=40)}, context)
    servers = [Targets(context.records) for _ in range(count)]
    given = simulate(servers, later, 40, 180, seed=count)
    assert given > 40 * 180 / 3, "the reservoir is used, not only guarded"


def test_statistics_of_the_latest_closed_window(targets, context, later, conforms):
    create_sampling_rule({"SamplingRule": rule("silent")}, context)
    report(targets, later(1), RequestCount=7)
    report(targets, later(2), RequestCount=73, SampledCount=17, BorrowCount=1)
    report(targets, later(3), client="b" * 24)

    def summaries(seconds):
        answer = targets.get_sampling_statistic_summaries({}, later(seconds))
        return conforms("GetSamplingStatisticSummaries", answer)

    zeros = {"RequestCount": 0, "SampledCount": 0, "BorrowCount": 0}
    assert summaries(11) == {
        "SamplingStatisticSummaries": [
            {
                "RuleName": "r",
                "Timestamp": 4_000_000_000.0,
                "RequestCount": 173,
                "SampledCount": 27,
                "BorrowCount": 4,
            },
            {"RuleName": "silent", "Timestamp": 4_000_000_000.0, **zeros},
        ],
        "NextToken": None,
    }
    rows = summaries(21)["SamplingStatisticSummaries"]
    assert [row["RequestCount"] for row in rows] == [0, 0]


def test_adot_writes_sample_count(targets, later):
    report(targets, later(1), SampledCount=None, SampleCount=9)
    rows = targets.get_sampling_statistic_summaries({}, later(11))
    assert rows["SamplingStatisticSummaries"][0]["SampledCount"] == 9


def boost_report(targets, context, anomalies=900, sampled=0):
    document = {"RuleName": "r", "ClientID": CLIENT, "Timestamp": 0}
    boost = {
        "RuleName": "r",
        "ServiceName": "s",
        "Timestamp": 0,
        "AnomalyCount": anomalies,
        "TotalCount": 1000,
        "SampledAnomalyCount": sampled,
    }
    request = {
        "SamplingStatisticsDocuments": [document],
        "SamplingBoostStatisticsDocuments": [boost, {**boost, "RuleName": "gone"}],
    }
    return targets.get_sampling_targets(request, context)


def test_a_boost_as_recorded(targets, later, conforms):
    boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 1}
    update_sampling_rule(
        {"SamplingRuleUpdate": {"RuleName": "r", "SamplingRateBoost": boost}}, later(0)
    )
    rates, offsets = [], (0, 10.5, 21, 31.5, 42, 63, 100, 135)
    quiet = conforms("GetSamplingTargets", boost_report(targets, later(0), 0))
    assert "SamplingBoost" not in quiet["SamplingTargetDocuments"][0]
    assert quiet["UnprocessedBoostStatistics"] == [
        {"RuleName": "gone", "ErrorCode": "400", "Message": "Unknown rule"}
    ]
    for offset in offsets:
        answer = conforms("GetSamplingTargets", boost_report(targets, later(offset)))
        granted = answer["SamplingTargetDocuments"][0].get("SamplingBoost")
        rates.append(granted and granted["BoostRate"])
        if granted:
            assert granted["BoostRateTTL"] == int(START + offset) + 20.0
    assert rates == [0.1, 0.1, 0.1, 0.13, 0.13, None, None, 0.1]


def test_no_boost_without_anomalies_to_catch(targets, later):
    answer = boost_report(targets, later(0))
    assert "SamplingBoost" not in answer["SamplingTargetDocuments"][0]
    boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 1}
    update_sampling_rule(
        {"SamplingRuleUpdate": {"RuleName": "r", "SamplingRateBoost": boost}}, later(0)
    )
    answer = boost_report(targets, later(1), anomalies=3, sampled=3)
    assert "SamplingBoost" not in answer["SamplingTargetDocuments"][0]


def test_the_present_rates_of_rules_with_a_boost(targets, context, later):
    assert targets.sampling_rates(START) == {}
    boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 1}
    update_sampling_rule(
        {"SamplingRuleUpdate": {"RuleName": "r", "SamplingRateBoost": boost}}, later(0)
    )
    assert targets.sampling_rates(START) == {"r": 0.05}
    boost_report(targets, later(1))
    assert targets.sampling_rates(START + 2) == {"r": 0.1}
    assert targets.sampling_rates(START + 30) == {"r": 0.05}
