"""The requests of X-Ray's 38 operations: path, members, constraints.

Facts of the service model `xray` 2016-04-12, less what recordings of the real service
showed to be optional (the counts of GetSamplingTargets). The answers are shaped by the
rooms that make them.
"""

from fluoro.server.xray.constraints import (
    Structure,
    boolean,
    integer,
    items,
    mapping,
    number,
    required,
    structure,
    text,
    timestamp,
)

_INSIGHTS_CONFIGURATION = structure(
    "InsightsConfiguration",
    InsightsEnabled=boolean(),
    NotificationsEnabled=boolean(),
)

_TAG = structure(
    "Tag",
    Key=required(text(least=1, most=128)),
    Value=required(text(least=0, most=256)),
)

_SAMPLING_RATE_BOOST = structure(
    "SamplingRateBoost",
    MaxRate=required(number(least=0, most=1)),
    CooldownWindowMinutes=required(integer(least=0)),
)

_SAMPLING_RULE = structure(
    "SamplingRule",
    RuleName=text(least=1, most=32),
    RuleARN=text(),
    ResourceARN=required(text(most=500)),
    Priority=required(integer(least=1, most=9999)),
    FixedRate=required(number(least=0, most=1)),
    ReservoirSize=required(integer(least=0)),
    ServiceName=required(text(most=64)),
    ServiceType=required(text(most=64)),
    Host=required(text(most=64)),
    HTTPMethod=required(text(most=10)),
    URLPath=required(text(most=128)),
    Version=required(integer(least=1)),
    Attributes=mapping(text(least=1, most=32), text(least=1, most=32), most=5),
    SamplingRateBoost=_SAMPLING_RATE_BOOST,
)

_SAMPLING_STATISTICS_DOCUMENT = structure(
    "SamplingStatisticsDocument",
    RuleName=required(text(least=1, most=32)),
    ClientID=required(text(least=24, most=24)),
    Timestamp=required(timestamp()),
    RequestCount=integer(least=0),
    SampledCount=integer(least=0),
    SampleCount=integer(least=0),  # ADOT for Python writes it so
    BorrowCount=integer(least=0),
)

_SAMPLING_BOOST_STATISTICS_DOCUMENT = structure(
    "SamplingBoostStatisticsDocument",
    RuleName=required(text(least=1, most=32)),
    ServiceName=required(text(most=64)),
    Timestamp=required(timestamp()),
    AnomalyCount=required(integer(least=0)),
    TotalCount=required(integer(least=0)),
    SampledAnomalyCount=required(integer(least=0)),
)

_SAMPLING_STRATEGY = structure(
    "SamplingStrategy",
    Name=text(
        among=(
            "PartialScan",
            "FixedRate",
        )
    ),
    Value=number(),
)

_BACKEND_CONNECTION_ERRORS = structure(
    "BackendConnectionErrors",
    TimeoutCount=integer(),
    ConnectionRefusedCount=integer(),
    HTTPCode4XXCount=integer(),
    HTTPCode5XXCount=integer(),
    UnknownHostCount=integer(),
    OtherCount=integer(),
)

_TELEMETRY_RECORD = structure(
    "TelemetryRecord",
    Timestamp=required(timestamp()),
    SegmentsReceivedCount=integer(),
    SegmentsSentCount=integer(),
    SegmentsSpilloverCount=integer(),
    SegmentsRejectedCount=integer(),
    BackendConnectionErrors=_BACKEND_CONNECTION_ERRORS,
)

_PROBABILISTIC_RULE_VALUE_UPDATE = structure(
    "ProbabilisticRuleValueUpdate",
    DesiredSamplingPercentage=required(number()),
)

_INDEXING_RULE_VALUE_UPDATE = structure(
    "IndexingRuleValueUpdate",
    Probabilistic=_PROBABILISTIC_RULE_VALUE_UPDATE,
)

_SAMPLING_RULE_UPDATE = structure(
    "SamplingRuleUpdate",
    RuleName=text(least=1, most=32),
    RuleARN=text(),
    ResourceARN=text(most=500),
    Priority=integer(),
    FixedRate=number(),
    ReservoirSize=integer(),
    Host=text(most=64),
    ServiceName=text(most=64),
    ServiceType=text(most=64),
    HTTPMethod=text(most=10),
    URLPath=text(most=128),
    Attributes=mapping(text(least=1, most=32), text(least=1, most=32), most=5),
    SamplingRateBoost=_SAMPLING_RATE_BOOST,
)

_CLOUD_WATCH_LOGS_CONFIGURATION = structure(
    "CloudWatchLogsConfiguration",
    SpansLogGroupKmsKeyId=text(least=1, most=256),
)

OPERATIONS: dict[str, tuple[str, Structure]] = {
    "BatchGetTraces": (
        "/Traces",
        structure(
            "BatchGetTracesRequest",
            TraceIds=required(items(text(least=1, most=35))),
            NextToken=text(),
        ),
    ),
    "CancelTraceRetrieval": (
        "/CancelTraceRetrieval",
        structure(
            "CancelTraceRetrievalRequest",
            RetrievalToken=required(text(least=0, most=1020)),
        ),
    ),
    "CreateGroup": (
        "/CreateGroup",
        structure(
            "CreateGroupRequest",
            GroupName=required(text(least=1, most=32)),
            FilterExpression=text(),
            InsightsConfiguration=_INSIGHTS_CONFIGURATION,
            Tags=items(_TAG, least=0, most=200),
        ),
    ),
    "CreateSamplingRule": (
        "/CreateSamplingRule",
        structure(
            "CreateSamplingRuleRequest",
            SamplingRule=required(_SAMPLING_RULE),
            Tags=items(_TAG, least=0, most=200),
        ),
    ),
    "DeleteGroup": (
        "/DeleteGroup",
        structure(
            "DeleteGroupRequest",
            GroupName=text(least=1, most=32),
            GroupARN=text(least=1, most=400),
        ),
    ),
    "DeleteResourcePolicy": (
        "/DeleteResourcePolicy",
        structure(
            "DeleteResourcePolicyRequest",
            PolicyName=required(text(least=1, most=128, pattern=r"[\w+=,.@-]+")),
            PolicyRevisionId=text(),
        ),
    ),
    "DeleteSamplingRule": (
        "/DeleteSamplingRule",
        structure(
            "DeleteSamplingRuleRequest",
            RuleName=text(),
            RuleARN=text(),
        ),
    ),
    "GetEncryptionConfig": (
        "/EncryptionConfig",
        structure(
            "GetEncryptionConfigRequest",
        ),
    ),
    "GetGroup": (
        "/GetGroup",
        structure(
            "GetGroupRequest",
            GroupName=text(least=1, most=32),
            GroupARN=text(least=1, most=400),
        ),
    ),
    "GetGroups": (
        "/Groups",
        structure(
            "GetGroupsRequest",
            NextToken=text(least=1, most=100),
        ),
    ),
    "GetIndexingRules": (
        "/GetIndexingRules",
        structure(
            "GetIndexingRulesRequest",
            NextToken=text(),
        ),
    ),
    "GetInsight": (
        "/Insight",
        structure(
            "GetInsightRequest",
            InsightId=required(
                text(
                    pattern=r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
                )
            ),
        ),
    ),
    "GetInsightEvents": (
        "/InsightEvents",
        structure(
            "GetInsightEventsRequest",
            InsightId=required(
                text(
                    pattern=r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
                )
            ),
            MaxResults=integer(least=1, most=50),
            NextToken=text(least=1, most=2000),
        ),
    ),
    "GetInsightImpactGraph": (
        "/InsightImpactGraph",
        structure(
            "GetInsightImpactGraphRequest",
            InsightId=required(
                text(
                    pattern=r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
                )
            ),
            StartTime=required(timestamp()),
            EndTime=required(timestamp()),
            NextToken=text(least=1, most=2000),
        ),
    ),
    "GetInsightSummaries": (
        "/InsightSummaries",
        structure(
            "GetInsightSummariesRequest",
            States=items(
                text(
                    among=(
                        "ACTIVE",
                        "CLOSED",
                    )
                ),
                least=0,
                most=1,
            ),
            GroupARN=text(least=1, most=400),
            GroupName=text(least=1, most=32),
            StartTime=required(timestamp()),
            EndTime=required(timestamp()),
            MaxResults=integer(least=1, most=100),
            NextToken=text(least=1, most=2000),
        ),
    ),
    "GetRetrievedTracesGraph": (
        "/GetRetrievedTracesGraph",
        structure(
            "GetRetrievedTracesGraphRequest",
            RetrievalToken=required(text(least=0, most=1020)),
            NextToken=text(),
        ),
    ),
    "GetSamplingRules": (
        "/GetSamplingRules",
        structure(
            "GetSamplingRulesRequest",
            NextToken=text(),
        ),
    ),
    "GetSamplingStatisticSummaries": (
        "/SamplingStatisticSummaries",
        structure(
            "GetSamplingStatisticSummariesRequest",
            NextToken=text(),
        ),
    ),
    "GetSamplingTargets": (
        "/SamplingTargets",
        structure(
            "GetSamplingTargetsRequest",
            SamplingStatisticsDocuments=required(
                items(_SAMPLING_STATISTICS_DOCUMENT, most=25)
            ),
            SamplingBoostStatisticsDocuments=items(
                _SAMPLING_BOOST_STATISTICS_DOCUMENT, most=25
            ),
        ),
    ),
    "GetServiceGraph": (
        "/ServiceGraph",
        structure(
            "GetServiceGraphRequest",
            StartTime=required(timestamp()),
            EndTime=required(timestamp()),
            GroupName=text(least=1, most=32),
            GroupARN=text(least=1, most=400),
            NextToken=text(),
        ),
    ),
    "GetTimeSeriesServiceStatistics": (
        "/TimeSeriesServiceStatistics",
        structure(
            "GetTimeSeriesServiceStatisticsRequest",
            StartTime=required(timestamp()),
            EndTime=required(timestamp()),
            GroupName=text(least=1, most=32),
            GroupARN=text(least=1, most=400),
            EntitySelectorExpression=text(least=1, most=500),
            Period=integer(),
            ForecastStatistics=boolean(),
            NextToken=text(),
        ),
    ),
    "GetTraceGraph": (
        "/TraceGraph",
        structure(
            "GetTraceGraphRequest",
            TraceIds=required(items(text(least=1, most=35))),
            NextToken=text(),
        ),
    ),
    "GetTraceSegmentDestination": (
        "/GetTraceSegmentDestination",
        structure(
            "GetTraceSegmentDestinationRequest",
        ),
    ),
    "GetTraceSummaries": (
        "/TraceSummaries",
        structure(
            "GetTraceSummariesRequest",
            StartTime=required(timestamp()),
            EndTime=required(timestamp()),
            TimeRangeType=text(
                among=(
                    "TraceId",
                    "Event",
                    "Service",
                )
            ),
            Sampling=boolean(),
            SamplingStrategy=_SAMPLING_STRATEGY,
            FilterExpression=text(),
            NextToken=text(),
        ),
    ),
    "ListResourcePolicies": (
        "/ListResourcePolicies",
        structure(
            "ListResourcePoliciesRequest",
            NextToken=text(least=1, most=100),
        ),
    ),
    "ListRetrievedTraces": (
        "/ListRetrievedTraces",
        structure(
            "ListRetrievedTracesRequest",
            RetrievalToken=required(text(least=0, most=1020)),
            TraceFormat=text(
                among=(
                    "XRAY",
                    "OTEL",
                )
            ),
            NextToken=text(),
        ),
    ),
    "ListTagsForResource": (
        "/ListTagsForResource",
        structure(
            "ListTagsForResourceRequest",
            ResourceARN=required(text(least=1, most=1011)),
            NextToken=text(),
        ),
    ),
    "PutEncryptionConfig": (
        "/PutEncryptionConfig",
        structure(
            "PutEncryptionConfigRequest",
            KeyId=text(least=1, most=3000),
            Type=required(
                text(
                    among=(
                        "NONE",
                        "KMS",
                    )
                )
            ),
        ),
    ),
    "PutResourcePolicy": (
        "/PutResourcePolicy",
        structure(
            "PutResourcePolicyRequest",
            PolicyName=required(text(least=1, most=128, pattern=r"[\w+=,.@-]+")),
            PolicyDocument=required(text()),
            PolicyRevisionId=text(),
            BypassPolicyLockoutCheck=boolean(),
        ),
    ),
    "PutTelemetryRecords": (
        "/TelemetryRecords",
        structure(
            "PutTelemetryRecordsRequest",
            TelemetryRecords=required(items(_TELEMETRY_RECORD)),
            EC2InstanceId=text(most=20),
            Hostname=text(most=255),
            ResourceARN=text(most=500),
        ),
    ),
    "PutTraceSegments": (
        "/TraceSegments",
        structure(
            "PutTraceSegmentsRequest",
            TraceSegmentDocuments=required(items(text())),
        ),
    ),
    "StartTraceRetrieval": (
        "/StartTraceRetrieval",
        structure(
            "StartTraceRetrievalRequest",
            TraceIds=required(items(text(least=1, most=35), least=0, most=100)),
            StartTime=required(timestamp()),
            EndTime=required(timestamp()),
        ),
    ),
    "TagResource": (
        "/TagResource",
        structure(
            "TagResourceRequest",
            ResourceARN=required(text(least=1, most=1011)),
            Tags=required(items(_TAG, least=0, most=200)),
        ),
    ),
    "UntagResource": (
        "/UntagResource",
        structure(
            "UntagResourceRequest",
            ResourceARN=required(text(least=1, most=1011)),
            TagKeys=required(items(text(least=1, most=128), least=0, most=200)),
        ),
    ),
    "UpdateGroup": (
        "/UpdateGroup",
        structure(
            "UpdateGroupRequest",
            GroupName=text(least=1, most=32),
            GroupARN=text(least=1, most=400),
            FilterExpression=text(),
            InsightsConfiguration=_INSIGHTS_CONFIGURATION,
        ),
    ),
    "UpdateIndexingRule": (
        "/UpdateIndexingRule",
        structure(
            "UpdateIndexingRuleRequest",
            Name=required(text()),
            Rule=required(_INDEXING_RULE_VALUE_UPDATE),
        ),
    ),
    "UpdateSamplingRule": (
        "/UpdateSamplingRule",
        structure(
            "UpdateSamplingRuleRequest",
            SamplingRuleUpdate=required(_SAMPLING_RULE_UPDATE),
        ),
    ),
    "UpdateTraceSegmentDestination": (
        "/UpdateTraceSegmentDestination",
        structure(
            "UpdateTraceSegmentDestinationRequest",
            Destination=text(
                among=(
                    "XRay",
                    "CloudWatchLogs",
                )
            ),
            CloudWatchLogsConfiguration=_CLOUD_WATCH_LOGS_CONFIGURATION,
        ),
    ),
}
"""Operation name to its path and the shape of its request."""
