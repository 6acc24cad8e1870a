/** Writes filter expressions: the quoting and the usual conditions in one place. */

import type { Outcome } from "./stats";
import type { AnnotationValue, ServiceId } from "./types";

/** A string as the language writes it: double quotes, JSON escapes. */
export const quote = (text: string) => JSON.stringify(text);

const number = (value: number) => String(Number(value.toPrecision(6)));

/** `service(id(name: "x", type: "t"))`; a node without a type is named alone. */
export function serviceSelector(node: ServiceId): string {
  const name = quote(node.Name ?? "");
  return node.Type
    ? `service(id(name: ${name}, type: ${quote(node.Type)}))`
    : `service(${name})`;
}

export function edgeSelector(from: ServiceId, to: ServiceId): string {
  const id = (node: ServiceId) =>
    node.Type
      ? `id(name: ${quote(node.Name ?? "")}, type: ${quote(node.Type)})`
      : quote(node.Name ?? "");
  return `edge(${id(from)}, ${id(to)})`;
}

/** What a panel's check boxes and brush mean; "" when they leave nothing out. */
export function panelCondition(
  chosen: ReadonlySet<Outcome>, range: readonly [number, number] | null,
): string {
  const terms: string[] = [];
  if (chosen.size > 0 && chosen.size < 4) {
    const any = [...chosen].join(" OR ");
    terms.push(chosen.size > 1 && range ? `(${any})` : any);
  }
  if (range) terms.push(between("responsetime", range));
  return terms.join(" AND ");
}

export const between = (keyword: string, [low, high]: readonly [number, number]) =>
  `${keyword} >= ${number(low)} AND ${keyword} <= ${number(high)}`;

/** Joins conditions with AND, in parentheses where one holds an OR. */
export function all(...terms: (string | null | undefined)[]): string {
  const present = terms.map((term) => term?.trim() ?? "").filter(Boolean);
  const [only, ...rest] = present;
  if (only === undefined || rest.length === 0) return only ?? "";
  return present.map((term) => (/\bor\b/i.test(term) && !wrapped(term) ? `(${term})` : term))
    .join(" AND ");
}

export const not = (term: string) => (wrapped(term) ? `!${term}` : `!(${term})`);

/** Whether the whole term stands in one pair of parentheses, or braces hold its OR. */
function wrapped(term: string): boolean {
  if (!term.startsWith("(")) return /^[^{]*\{[^{}]*\}$/.test(term);
  let depth = 0;
  for (let i = 0; i < term.length; i++) {
    if (term[i] === "(") depth++;
    else if (term[i] === ")" && --depth === 0) return i === term.length - 1;
  }
  return false;
}

/** Several values of one field: any of them. */
export const anyOf = (terms: readonly string[]) =>
  terms.length > 1 ? `(${terms.join(" OR ")})` : (terms[0] ?? "");

/** The server counts characters, a text here the one or two units of each. */
export const charactersAt = (text: string, units: number) => [...text.slice(0, units)].length;

/** The other way round: after how many units so many characters end. */
export const unitsAt = (text: string, characters: number) =>
  [...text].slice(0, characters).join("").length;

/** A plain key is written with a dot, any other in brackets. */
export const annotation = (key: string) =>
  /^[A-Za-z0-9_]+$/.test(key) ? `annotation.${key}` : `annotation[${key}]`;

export function annotationEquals(key: string, value: AnnotationValue): string {
  const literal = value.BooleanValue ?? value.NumberValue ?? quote(value.StringValue ?? "");
  return `${annotation(key)} = ${String(literal)}`;
}

export const annotationText = (value: AnnotationValue) =>
  String(value.BooleanValue ?? value.NumberValue ?? value.StringValue ?? "");

/** The expression that also holds for a chosen group. */
export const withinGroup = (group: string, expression: string) =>
  group && group !== "Default"
    ? all(`group.name = ${quote(group)}`, expression)
    : expression.trim();

const XRAY_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i;
const W3C_ID = /^[0-9a-f]{32}$/i;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i;
const HEADER = /Root=(1-[0-9a-f]{8}-[0-9a-f]{24})/i;

/** The trace id in what was pasted: X-Ray's form, W3C's, or a header holding one. */
export function pastedTraceId(text: string): string | null {
  const given = text.trim().replace(/^["']|["']$/g, "");
  if (XRAY_ID.test(given)) return given.toLowerCase();
  const w3c = W3C_ID.test(given) ? given : TRACEPARENT.exec(given)?.[1];
  if (w3c) return `1-${w3c.slice(0, 8)}-${w3c.slice(8)}`.toLowerCase();
  return HEADER.exec(given)?.[1]?.toLowerCase() ?? null;
}

/** Clickable examples; the first member is what it finds. */
export const CHEATS: readonly [string, string][] = [
  ["Failed requests", "fault"],
  ["Slower than a second", "responsetime > 1"],
  ["Between two durations", "duration >= 5 AND duration <= 8"],
  ["Fine but slow", "ok AND responsetime > 0.5"],
  ["A fault anywhere in the trace", "service() { fault }"],
  ["A service that failed or was slow", 'service("api") { fault OR responsetime > 2.5 }'],
  ["A call between two services", 'edge("api", "orders") { error }'],
  ["Throttled", "throttle"],
  ["A path", 'http.url CONTAINS "/cart"'],
  ["A status", "http.status = 404"],
  ["An annotation", 'annotation.customer = "acme"'],
  ["An annotation with dots in its key", 'annotation[aws.local.operation] = "GET /"'],
  ["A user", 'user = "alice"'],
  ["Incomplete traces", "partial"],
  ["Where the time went", "rootcause.responsetime.entity { coverage > 0.7 }"],
  ["What failed", 'rootcause.fault.exception { message CONTAINS "timeout" }'],
];
