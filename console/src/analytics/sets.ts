/** What distinguishes one set of traces from the rest: the shares of every value of
 * every attribute in both, ranked by how far apart they are. */

import { dimensionsOf, tallyBy, type Dimension } from "../lib/dimensions";
import type { TraceSummary } from "../lib/types";

export interface Difference {
  dimension: Dimension;
  text: string;
  term: string | null;
  /** How many of the selection and of the rest have it. */
  inside: number;
  outside: number;
  /** Their shares, 0..1. */
  insideShare: number;
  outsideShare: number;
  score: number;
}

/** Values of one trace each (ids, addresses) explain nothing. */
const SUPPORT_LEAST = 3;

/** z of the difference of two shares: a large difference of few traces ranks below a
 * smaller one of many. */
function score(a: number, n: number, b: number, m: number): number {
  const pooled = (a + b) / (n + m);
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  return spread > 0 ? Math.abs(a / n - b / m) / spread : 0;
}

export function distinguish(
  inside: readonly TraceSummary[], outside: readonly TraceSummary[],
): Difference[] {
  if (!inside.length || !outside.length) return [];
  const found: Difference[] = [];
  for (const dimension of dimensionsOf([...inside, ...outside])) {
    const rest = new Map(tallyBy(outside, dimension).map((v) => [v.text, v]));
    const own = tallyBy(inside, dimension);
    const values = [...own, ...[...rest.values()].filter((v) => !own.some((o) => o.text === v.text))];
    const seen = new Map(own.map((v) => [v.text, v.traces.length]));
    for (const { text, term } of values) {
      const a = seen.get(text) ?? 0;
      const b = rest.get(text)?.traces.length ?? 0;
      if (a + b < SUPPORT_LEAST) continue;
      found.push({
        dimension, text, term, inside: a, outside: b,
        insideShare: a / inside.length, outsideShare: b / outside.length,
        score: score(a, inside.length, b, outside.length),
      });
    }
  }
  return found.filter((d) => d.score > 1.5).sort((a, b) => b.score - a.score);
}

/** A filter tag: a label, and which traces pass it. */
export interface Tag {
  id: string;
  label: string;
  passes: (trace: TraceSummary) => boolean;
}

/** What stands in front of a tag whose traces are left out. */
const LEAVE_OUT = "!";

export const valueTag = (dimension: Dimension, value: string) => `${dimension.id}:${value}`;
export const withoutTag = (dimension: Dimension, value: string) => LEAVE_OUT + valueTag(dimension, value);

export interface TagParts {
  leaveOut: boolean;
  kind: string;
  rest: string;
}

export function tagParts(id: string): TagParts {
  const leaveOut = id.startsWith(LEAVE_OUT);
  const text = leaveOut ? id.slice(LEAVE_OUT.length) : id;
  const at = text.indexOf(":");
  return { leaveOut, kind: text.slice(0, at), rest: text.slice(at + 1) };
}

/** Tags with one more: one range of each kind, and a value is wanted or left out. */
export function addTag(ids: readonly string[], added: string): string[] {
  const { kind, rest } = tagParts(added);
  const kept = ids.filter((id) => {
    const parts = tagParts(id);
    return parts.kind !== kind || (!RANGES.has(kind) && parts.rest !== rest);
  });
  return [...kept, added];
}

const RANGES: ReadonlySet<string> = new Set(["responseTime", "timerange"]);

/** Tags are kept in the address as `kind:rest`, one to a line. */
export function parseTags(text: string, dimensions: readonly Dimension[]): Tag[] {
  return text.split("\n").filter(Boolean).flatMap((id) => {
    const { leaveOut, kind, rest } = tagParts(id);
    const tag = make(kind, rest, dimensions);
    if (!tag) return [];
    return leaveOut
      ? [{ id, label: tag.label.replace(" = ", " ≠ "), passes: (t: TraceSummary) => !tag.passes(t) }]
      : [{ id, ...tag }];
  });
}

function make(kind: string, rest: string, dimensions: readonly Dimension[]): Omit<Tag, "id"> | null {
  if (RANGES.has(kind)) {
    const [low, high] = rest.split("~").map(Number);
    if (low === undefined || high === undefined || Number.isNaN(low + high)) return null;
    const value = (t: TraceSummary) => kind === "timerange" ? t.StartTime : (t.ResponseTime ?? NaN);
    return { label: kind, passes: (t) => value(t) >= low && value(t) <= high };
  }
  const dimension = dimensions.find((d) => d.id === kind);
  return dimension
    ? { label: `${dimension.label} = ${rest}`,
        passes: (t) => dimension.values(t).some((v) => v.text === rest) }
    : null;
}

export const filtered = (traces: readonly TraceSummary[], tags: readonly Tag[]) =>
  tags.length ? traces.filter((t) => tags.every((tag) => tag.passes(t))) : [...traces];
