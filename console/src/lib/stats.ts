/** Outcomes, percentiles and bins: the arithmetic behind rings and histograms. */

import type { HistogramEntry, Statistics, TraceSummary } from "./types";

export const OUTCOMES = ["ok", "error", "throttle", "fault"] as const;
export type Outcome = (typeof OUTCOMES)[number];
export type Counts = Record<Outcome, number> & { total: number };

/** What each outcome is called, marked with and means: colour is never the only sign. */
export const OUTCOME: Record<Outcome, { label: string; mark: string; means: string }> = {
  ok: { label: "OK", mark: "✓", means: "success" },
  error: { label: "Error", mark: "!", means: "client error, 4xx" },
  throttle: { label: "Throttle", mark: "≈", means: "throttled, 429" },
  fault: { label: "Fault", mark: "✕", means: "server fault, 5xx" },
};

export function counts(stats: Statistics | null | undefined): Counts {
  const ok = stats?.OkCount ?? 0;
  const error = stats?.ErrorStatistics?.OtherCount ?? 0;
  const throttle = stats?.ErrorStatistics?.ThrottleCount ?? 0;
  const fault = stats?.FaultStatistics?.TotalCount ?? 0;
  return { ok, error, throttle, fault,
           total: stats?.TotalCount ?? ok + error + throttle + fault };
}

export function summaryOutcome(trace: TraceSummary): Outcome {
  if (trace.HasThrottle) return "throttle";
  if (trace.HasFault) return "fault";
  return trace.HasError ? "error" : "ok";
}

export const total = (entries: readonly HistogramEntry[]) =>
  entries.reduce((sum, entry) => sum + entry.Count, 0);

/** Counts values: one entry per value, sorted. */
export function tally(values: readonly number[]): HistogramEntry[] {
  return [...values].sort((a, b) => a - b).map((Value) => ({ Value, Count: 1 }));
}

/** The value below which a share `q` of the weight lies, between the middles of the
 * neighbouring entries; null when there are none. Entries must be sorted by value. */
export function percentile(entries: readonly HistogramEntry[], q: number): number | null {
  const weight = total(entries);
  const first = entries[0];
  if (!weight || !first) return null;
  const target = q * weight;
  let before = 0;
  let last = { at: 0, value: first.Value };
  for (const entry of entries) {
    const at = before + entry.Count / 2;
    if (at >= target) {
      if (at === last.at) return entry.Value;
      const share = (target - last.at) / (at - last.at);
      return last.value + share * (entry.Value - last.value);
    }
    before += entry.Count;
    last = { at, value: entry.Value };
  }
  return last.value;
}

export const sorted = (entries: readonly HistogramEntry[] | null | undefined) =>
  [...(entries ?? [])].sort((a, b) => a.Value - b.Value);

export type Scale = "log" | "linear";

/** Maps a value to 0..1 between `low` and `high`, and back. */
export interface Axis {
  low: number;
  high: number;
  scale: Scale;
  at(value: number): number;
  value(at: number): number;
}

export function axis(low: number, high: number, scale: Scale): Axis {
  if (scale === "log") {
    const from = Math.log(Math.max(low, 1e-6));
    const to = Math.max(Math.log(Math.max(high, 1e-6)), from + 1e-3);
    return {
      low, high, scale,
      at: (value) => (Math.log(Math.max(value, 1e-6)) - from) / (to - from),
      value: (at) => Math.exp(from + at * (to - from)),
    };
  }
  const width = Math.max(high - low, 1e-9);
  return { low, high, scale, at: (v) => (v - low) / width, value: (at) => low + at * width };
}

/** A little air on both sides, so that a single value has a width too. */
export function fitted(entries: readonly HistogramEntry[], scale: Scale): Axis {
  const first = entries[0]?.Value ?? 0.001;
  const last = entries.at(-1)?.Value ?? 1;
  if (scale === "log") return axis(Math.max(first, 1e-4) / 1.15, Math.max(last, 2e-4) * 1.15, scale);
  return axis(0, Math.max(last * 1.04, 1e-3), scale);
}

export function bins(
  entries: readonly HistogramEntry[], on: Axis, count: number,
): number[] {
  const found = new Array<number>(count).fill(0);
  for (const { Value, Count } of entries) {
    const at = on.at(Value);
    if (at < 0 || at > 1) continue;
    const index = Math.min(count - 1, Math.floor(at * count));
    found[index] = (found[index] ?? 0) + Count;
  }
  return found;
}

/** Round values for an axis: powers and 2s and 5s on log, even steps on linear. */
export function ticks(on: Axis, most: number): number[] {
  if (on.scale === "linear") {
    const raw = (on.high - on.low) / Math.max(1, most);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) ?? raw;
    const found: number[] = [];
    for (let v = Math.ceil(on.low / step) * step; v <= on.high; v += step) found.push(v);
    return found;
  }
  const all: number[] = [];
  for (let e = Math.floor(Math.log10(on.low)); e <= Math.ceil(Math.log10(on.high)); e++)
    for (const n of [1, 2, 5]) all.push(n * 10 ** e);
  const inside = all.filter((v) => v >= on.low && v <= on.high);
  if (inside.length <= most) return inside;
  const powers = inside.filter((v) => Number.isInteger(Math.log10(v) + 1e-9) ||
    Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-6);
  const every = Math.ceil(powers.length / most);
  return powers.filter((_, index) => index % every === 0);
}
