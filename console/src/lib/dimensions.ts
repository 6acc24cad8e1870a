/** The attributes by which traces are grouped, refined and compared, and how each of
 * their values is asked for in a filter expression. */

import { annotationEquals, annotationText, quote, serviceSelector } from "./filter";
import { OUTCOME, summaryOutcome } from "./stats";
import type { RootCause, TraceSummary } from "./types";

export interface Value {
  text: string;
  /** Finds the traces that have it; null where the language has no word for it. */
  term: string | null;
}
export interface Dimension {
  id: string;
  label: string;
  values(trace: TraceSummary): Value[];
}

const text = (keyword: string) => (value: string | null | undefined): Value[] =>
  value ? [{ text: value, term: `${keyword} = ${quote(value)}` }] : [];

const typed = (name: string | null | undefined, type: string | null | undefined) =>
  type ? `${name} (${type})` : (name ?? "");

const SERVICES_OF: Record<string, (t: TraceSummary) => RootCause[]> = {
  fault: (t) => t.FaultRootCauses ?? [],
  error: (t) => t.ErrorRootCauses ?? [],
  responsetime: (t) => t.ResponseTimeRootCauses ?? [],
};

function causeDimension(kind: "fault" | "error" | "responsetime", label: string): Dimension {
  return {
    id: `cause.${kind}`, label,
    values: (trace) => SERVICES_OF[kind]!(trace).flatMap(({ Services }) => {
      const last = Services?.at(-1);
      if (!last?.Name) return [];
      return [{ text: typed(last.Name, last.Type),
                term: `rootcause.${kind}.service { last AND name = ${quote(last.Name)} }` }];
    }),
  };
}

function messageDimension(kind: "fault" | "error", label: string): Dimension {
  return {
    id: `message.${kind}`, label,
    values: (trace) => SERVICES_OF[kind]!(trace)
      .flatMap((cause) => cause.Services ?? []).flatMap((s) => s.EntityPath ?? [])
      .flatMap((entity) => entity.Exceptions ?? [])
      .flatMap(({ Name, Message }) => Message
        ? [{ text: Name ? `${Name}: ${Message}` : Message,
             term: `rootcause.${kind}.exception { message = ${quote(Message)} }` }] : []),
  };
}

/** Services joined by =>, entities after the first by ->, as X-Ray's tables write it. */
export const causePath = (cause: RootCause) =>
  (cause.Services ?? []).map((service) =>
    [typed(service.Name, service.Type),
     ...(service.EntityPath ?? []).slice(1).map((e) => e.Name ?? "")].join(" -> "),
  ).join(" => ");

const FIXED: readonly Dimension[] = [
  { id: "url", label: "URL", values: (t) => text("http.url")(t.Http?.HttpURL) },
  { id: "status", label: "Status code", values: ({ Http }) => Http?.HttpStatus
    ? [{ text: String(Http.HttpStatus), term: `http.status = ${Http.HttpStatus}` }] : [] },
  { id: "method", label: "Method", values: (t) => text("http.method")(t.Http?.HttpMethod) },
  { id: "outcome", label: "Outcome", values: (t) => {
    const outcome = summaryOutcome(t);
    return [{ text: OUTCOME[outcome].label, term: outcome }];
  } },
  { id: "node", label: "Node", values: (t) => (t.ServiceIds ?? [])
    .filter((id) => id.Type !== "client" && id.Name)
    .map((id) => ({ text: typed(id.Name, id.Type), term: serviceSelector(id) })) },
  { id: "entry", label: "Entry point", values: ({ EntryPoint }) => EntryPoint?.Name
    ? [{ text: typed(EntryPoint.Name, EntryPoint.Type),
         term: `${serviceSelector(EntryPoint)} { root }` }] : [] },
  { id: "user", label: "User", values: (t) => (t.Users ?? []).flatMap((u) => text("user")(u.UserName)) },
  { id: "clientip", label: "Client IP", values: (t) => text("http.clientip")(t.Http?.ClientIp) },
  { id: "useragent", label: "User agent", values: (t) => text("http.useragent")(t.Http?.UserAgent) },
  { id: "zone", label: "Availability zone",
    values: (t) => (t.AvailabilityZones ?? []).flatMap((z) => text("availabilityzone")(z.Name)) },
  { id: "instance", label: "Instance",
    values: (t) => (t.InstanceIds ?? []).flatMap((i) => text("instance.id")(i.Id)) },
  { id: "arn", label: "Resource ARN",
    values: (t) => (t.ResourceARNs ?? []).flatMap((r) => text("resource.arn")(r.ARN)) },
  causeDimension("responsetime", "Response time root cause"),
  causeDimension("error", "Error root cause"),
  messageDimension("error", "Error message"),
  causeDimension("fault", "Fault root cause"),
  messageDimension("fault", "Fault message"),
];

function annotationDimension(key: string): Dimension {
  return {
    id: `annotation.${key}`, label: `annotation.${key}`,
    values: (trace) => (trace.Annotations?.[key] ?? []).map(({ AnnotationValue: value }) =>
      ({ text: annotationText(value), term: annotationEquals(key, value) })),
  };
}

/** Every dimension that these traces have: the fixed ones and one per annotation key. */
export function dimensionsOf(traces: readonly TraceSummary[]): Dimension[] {
  const keys = new Set<string>();
  for (const trace of traces) for (const key in trace.Annotations ?? {}) keys.add(key);
  return [...FIXED, ...[...keys].sort().map(annotationDimension)];
}

export interface Tallied extends Value {
  traces: TraceSummary[];
}

/** The traces of each value, most frequent first. */
export function tallyBy(traces: readonly TraceSummary[], dimension: Dimension): Tallied[] {
  const found = new Map<string, Tallied>();
  for (const trace of traces) {
    const seen = new Set<string>();
    for (const value of dimension.values(trace)) {
      if (seen.has(value.text)) continue;
      seen.add(value.text);
      const entry = found.get(value.text);
      if (entry) entry.traces.push(trace);
      else found.set(value.text, { ...value, traces: [trace] });
    }
  }
  return [...found.values()].sort((a, b) => b.traces.length - a.traces.length);
}
