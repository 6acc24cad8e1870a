/** The X-Ray API over POST and JSON on the console's own origin. */

import { signal } from "@preact/signals";
import type {
  GraphPage, Group, InsightSummary, SamplingRuleRecord, SamplingStatistic, Service,
  SummariesPage, TimeSeriesRow, Trace, TraceSummary,
} from "./types";
import type { Span } from "./time";

/** Whether the server wants to know who is asking: the shell then asks for a key. */
export const lockedOut = signal(false);

/** An answer that is not a success; `code` is X-Ray's name of the error. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

async function answer<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : {}) as T;
  let message = text.slice(0, 500);
  let code = response.headers.get("x-amzn-errortype") ?? "";
  try {
    const body = JSON.parse(text) as Record<string, string>;
    message = body["message"] ?? body["Message"] ?? message;
    code ||= body["__type"] ?? "";
  } catch {
    // Not JSON: a proxy between us and the server spoke, and its words are shown.
  }
  code = (code.split(":")[0] ?? "").split("#").pop() ?? "";
  if (code === "MissingAuthenticationTokenException") lockedOut.value = true;
  throw new ApiError(response.status, code, message || response.statusText);
}

export async function post<T>(
  path: string, body: object = {}, signal?: AbortSignal,
): Promise<T> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  return answer<T>(response);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return answer<T>(await fetch(path, { signal: signal ?? null }));
}

/** Every page of an operation, in order; empty pages are followed, not trusted. */
export async function* pages<T extends { NextToken?: string | null }>(
  path: string, body: object, signal?: AbortSignal,
): AsyncGenerator<T> {
  let token: string | null | undefined;
  do {
    const page: T = await post<T>(
      path, token ? { ...body, NextToken: token } : body, signal);
    yield page;
    token = page.NextToken;
  } while (token);
}

async function collect<T extends { NextToken?: string | null }, R>(
  path: string, body: object, take: (page: T) => R[] | null | undefined,
  signal?: AbortSignal,
): Promise<R[]> {
  const all: R[] = [];
  for await (const page of pages<T>(path, body, signal)) all.push(...(take(page) ?? []));
  return all;
}

const window = (span: Span) => ({ StartTime: span.start, EndTime: span.end });
const grouped = (group: string) => (group && group !== "Default" ? { GroupName: group } : {});

export const serviceGraph = (span: Span, group: string, signal?: AbortSignal) =>
  collect<GraphPage, Service>(
    "/ServiceGraph", { ...window(span), ...grouped(group) }, (p) => p.Services, signal);

export const traceGraph = (ids: string[], signal?: AbortSignal) =>
  collect<GraphPage, Service>(
    "/TraceGraph", { TraceIds: ids }, (p) => p.Services, signal);

export async function batchGetTraces(ids: string[], signal?: AbortSignal) {
  const found = await post<{ Traces: Trace[] }>("/Traces", { TraceIds: ids }, signal);
  return found.Traces;
}

export const timeSeries = (
  span: Span, group: string, selector: string, period: 60 | 300, signal?: AbortSignal,
) =>
  collect<{ TimeSeriesServiceStatistics: TimeSeriesRow[]; NextToken?: string }, TimeSeriesRow>(
    "/TimeSeriesServiceStatistics",
    {
      ...window(span), ...grouped(group), Period: period,
      ...(selector ? { EntitySelectorExpression: selector } : {}),
    },
    (p) => p.TimeSeriesServiceStatistics, signal);

export interface SummariesQuery {
  span: Span;
  filter: string;
  clock?: "TraceId" | "Event" | "Service";
  /** Keep each trace with this probability; 1 or absent keeps all. */
  sample?: number;
}

/** Pages of summaries, newest first. */
export const summaryPages = (query: SummariesQuery, signal?: AbortSignal) =>
  pages<SummariesPage>(
    "/TraceSummaries",
    {
      ...window(query.span),
      ...(query.filter ? { FilterExpression: query.filter } : {}),
      TimeRangeType: query.clock ?? "TraceId",
      ...(query.sample !== undefined && query.sample < 1
        ? { Sampling: true, TimeRangeType: "Event",
            SamplingStrategy: { Name: "FixedRate", Value: query.sample } }
        : {}),
    },
    signal);

/** Summaries up to `most` of them. */
export async function summaries(
  query: SummariesQuery, most: number, signal?: AbortSignal,
): Promise<TraceSummary[]> {
  const all: TraceSummary[] = [];
  for await (const page of summaryPages(query, signal)) {
    all.push(...page.TraceSummaries);
    if (all.length >= most) break;
  }
  return all.slice(0, most);
}

/** The ids of the traces that link to one. */
export async function linkingTraces(id: string, signal?: AbortSignal): Promise<string[]> {
  const found = await get<{ TraceIds: string[] }>(`/api/links?trace=${encodeURIComponent(id)}`, signal);
  return found.TraceIds;
}

export const groups = (signal?: AbortSignal) =>
  collect<{ Groups: Group[]; NextToken?: string }, Group>(
    "/Groups", {}, (p) => p.Groups, signal);

export const samplingRules = (signal?: AbortSignal) =>
  collect<{ SamplingRuleRecords: SamplingRuleRecord[]; NextToken?: string }, SamplingRuleRecord>(
    "/GetSamplingRules", {}, (p) => p.SamplingRuleRecords, signal);

export const samplingStatistics = (signal?: AbortSignal) =>
  collect<{ SamplingStatisticSummaries: SamplingStatistic[]; NextToken?: string }, SamplingStatistic>(
    "/SamplingStatisticSummaries", {}, (p) => p.SamplingStatisticSummaries, signal);

export const insights = (span: Span, group: string, signal?: AbortSignal) =>
  collect<{ InsightSummaries: InsightSummary[]; NextToken?: string }, InsightSummary>(
    "/InsightSummaries", { ...window(span), GroupName: group || "Default" },
    (p) => p.InsightSummaries, signal);
