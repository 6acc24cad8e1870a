"""The sampling proxy paths, with the built-in `Default` rule.

Shapes that every SDK survives: `Attributes` is always an empty object, whole numbers
are written whole, lists are never left out.
"""

from typing import Any

from fluoro.server.services import Services

DEFAULT_RULE: dict[str, Any] = {
    "RuleName": "Default",
    "ResourceARN": "*",
    "Priority": 10_000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}


def get_sampling_rules(services: Services, _request: dict[str, Any]) -> dict[str, Any]:
    """Return all rules on one page; a token is ignored (recorded)."""
    settings = services.settings
    arn = f"arn:aws:xray:{settings.region}:{settings.account}:sampling-rule/Default"
    record = {
        "SamplingRule": {**DEFAULT_RULE, "RuleARN": arn},
        "CreatedAt": 0.0,
        "ModifiedAt": 0.0,
    }
    return {"SamplingRuleRecords": [record], "NextToken": None}


def get_sampling_targets(services: Services, request: dict[str, Any]) -> dict[str, Any]:
    """Return a target a statistics document; unknown rules are named."""
    documents = request["SamplingStatisticsDocuments"]
    known = [d for d in documents if d["RuleName"] == DEFAULT_RULE["RuleName"]]
    targets = [
        {
            "RuleName": document["RuleName"],
            "FixedRate": DEFAULT_RULE["FixedRate"],
            "ReservoirQuota": DEFAULT_RULE["ReservoirSize"],
            "ReservoirQuotaTTL": float(int(services.now()) + 300),
            "Interval": 10,
        }
        for document in known
    ]
    unknown = [
        {"RuleName": d["RuleName"], "ErrorCode": "400", "Message": "Unknown rule"}
        for d in documents
        if d not in known
    ]
    return {
        "SamplingTargetDocuments": targets,
        "LastRuleModification": 0.0,
        "UnprocessedStatistics": unknown,
    }
