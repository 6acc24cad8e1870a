/** The shapes of the X-Ray API's answers that the console reads. Any member may be
 * null: X-Ray writes members it knows nothing about as null, not as absent. */

export interface ServiceId {
  Name: string | null;
  Names?: string[] | null;
  AccountId?: string | null;
  Type?: string | null;
}
export interface AnnotationValue {
  StringValue?: string | null;
  NumberValue?: number | null;
  BooleanValue?: boolean | null;
}
export interface Http {
  HttpURL?: string | null;
  HttpStatus?: number | null;
  HttpMethod?: string | null;
  UserAgent?: string | null;
  ClientIp?: string | null;
}
export interface RootCauseEntity {
  Name?: string | null;
  Remote?: boolean | null;
  Coverage?: number | null;
  Exceptions?: { Name?: string | null; Message?: string | null }[] | null;
}
export interface RootCauseService extends ServiceId {
  Inferred?: boolean | null;
  EntityPath?: RootCauseEntity[] | null;
}
export interface RootCause {
  ClientImpacting?: boolean | null;
  Services?: RootCauseService[] | null;
}
export interface TraceSummary {
  Id: string;
  StartTime: number;
  Duration?: number | null;
  ResponseTime?: number | null;
  HasFault?: boolean | null;
  HasError?: boolean | null;
  HasThrottle?: boolean | null;
  IsPartial?: boolean | null;
  Http?: Http | null;
  Annotations?: Record<string, { AnnotationValue: AnnotationValue }[]> | null;
  Users?: { UserName: string }[] | null;
  ServiceIds?: ServiceId[] | null;
  ResourceARNs?: { ARN: string }[] | null;
  InstanceIds?: { Id: string }[] | null;
  AvailabilityZones?: { Name: string }[] | null;
  EntryPoint?: ServiceId | null;
  FaultRootCauses?: RootCause[] | null;
  ErrorRootCauses?: RootCause[] | null;
  ResponseTimeRootCauses?: RootCause[] | null;
  Revision?: number | null;
  MatchedEventTime?: number | null;
}
export interface SummariesPage {
  TraceSummaries: TraceSummary[];
  ApproximateTime?: number | null;
  TracesProcessedCount?: number | null;
  NextToken?: string | null;
}
export interface Statistics {
  OkCount?: number | null;
  ErrorStatistics?: {
    ThrottleCount?: number | null;
    OtherCount?: number | null;
    TotalCount?: number | null;
  } | null;
  FaultStatistics?: { OtherCount?: number | null; TotalCount?: number | null } | null;
  TotalCount?: number | null;
  TotalResponseTime?: number | null;
}
export interface HistogramEntry {
  Value: number;
  Count: number;
}
export interface Edge {
  ReferenceId: number;
  StartTime?: number | null;
  EndTime?: number | null;
  SummaryStatistics?: Statistics | null;
  ResponseTimeHistogram?: HistogramEntry[] | null;
  ReceivedEventAgeHistogram?: HistogramEntry[] | null;
  EdgeType?: string | null;
}
export interface Service extends ServiceId {
  ReferenceId: number;
  Root?: boolean | null;
  State?: string | null;
  StartTime?: number | null;
  EndTime?: number | null;
  Edges?: Edge[] | null;
  SummaryStatistics?: Statistics | null;
  DurationHistogram?: HistogramEntry[] | null;
  ResponseTimeHistogram?: HistogramEntry[] | null;
}
export interface GraphPage {
  Services: Service[];
  StartTime?: number | null;
  EndTime?: number | null;
  NextToken?: string | null;
}
export interface TimeSeriesRow {
  Timestamp: number;
  EdgeSummaryStatistics?: Statistics | null;
  ServiceSummaryStatistics?: Statistics | null;
  ResponseTimeHistogram?: HistogramEntry[] | null;
}
export interface Trace {
  Id: string;
  Duration?: number | null;
  LimitExceeded?: boolean | null;
  Segments: { Id: string; Document: string }[];
}
export interface Group {
  GroupName: string;
  GroupARN?: string | null;
  FilterExpression?: string | null;
  InsightsConfiguration?: {
    InsightsEnabled?: boolean | null;
    NotificationsEnabled?: boolean | null;
  } | null;
}
export interface SamplingRule {
  RuleName: string;
  RuleARN?: string | null;
  ResourceARN: string;
  Priority: number;
  FixedRate: number;
  ReservoirSize: number;
  ServiceName: string;
  ServiceType: string;
  Host: string;
  HTTPMethod: string;
  URLPath: string;
  Version: number;
  Attributes?: Record<string, string> | null;
}
export interface SamplingRuleRecord {
  SamplingRule: SamplingRule;
  CreatedAt?: number | null;
  ModifiedAt?: number | null;
}
export interface SamplingStatistic {
  RuleName: string;
  Timestamp?: number | null;
  RequestCount?: number | null;
  BorrowCount?: number | null;
  SampledCount?: number | null;
}
export interface InsightSummary {
  InsightId: string;
  GroupName?: string | null;
  RootCauseServiceId?: ServiceId | null;
  Categories?: string[] | null;
  State?: string | null;
  StartTime?: number | null;
  EndTime?: number | null;
  Summary?: string | null;
  TopAnomalousServices?: { ServiceId?: ServiceId | null }[] | null;
}
