/** The address bar is the state: pages and everything chosen on them, in X-Ray's own
 * link forms (`#/traces/<id>`, `#/service-map?timeRange=PT15M&group=x`). */

import { computed, signal } from "@preact/signals";
import { pastedTraceId } from "./filter";
import { DEFAULT_RANGE, formatRange, parseRange, resolve, type Range } from "./time";

export interface Route {
  page: string;
  parts: string[];
  query: URLSearchParams;
}

/** Other consoles' names of our pages; old links keep working. */
const ALIASES: Record<string, string> = {
  "": "service-map", home: "service-map", map: "service-map",
  "trace-map": "service-map",
  welcome: "getting-started", rules: "sampling", settings: "sampling",
};

export function parse(hash: string): Route {
  // CloudWatch writes `#xray:traces/<id>`, once `#servicelens:`, the classic console
  // `#/traces/<id>`.
  const text = hash.replace(/^#/, "").replace(/^(xray|servicelens):/, "/");
  const [path = "", search = ""] = split(text, "?");
  const parts = path.split("/").filter(Boolean).map(decode);
  const page = ALIASES[parts[0] ?? ""] ?? parts[0] ?? "service-map";
  // CloudWatch's list of traces and its map have a second name behind the first.
  const rest = parts.slice(1).filter((part) => !/^(query|map)$/.test(part));
  const id = page === "traces" && rest[0] ? pastedTraceId(rest[0]) : null;
  if (id) rest[0] = id;
  return { page, parts: rest, query: new URLSearchParams(search) };
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

let shown = location.hash;

export const route = signal<Route>(parse(shown));
addEventListener("hashchange", follow);

function follow(): void {
  if (shown === location.hash) return;
  shown = location.hash;
  route.value = parse(shown);
}

/** Changes the address, and the route at once: the event that tells of a change comes
 * a moment later, and of two changes in that moment the first would be lost. */
function change(to: string, replace: boolean): void {
  if (replace) history.replaceState(null, "", to);
  else location.hash = to;
  follow();
}

export const page = computed(() => route.value.page);

/** One member of the query, reactive; "" when absent. */
export const param = (name: string) => route.value.query.get(name) ?? "";

export type Params = Record<string, string | null | undefined>;

/** The members that go along to every page. */
const SHARED = ["timeRange", "group"];

function address(path: string, query: URLSearchParams): string {
  const search = query.toString();
  return `#/${path}${search ? `?${search}` : ""}`;
}

/** A link to a page that keeps the time range and the group. */
export function href(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const name of SHARED) {
    const value = route.value.query.get(name);
    if (value) query.set(name, value);
  }
  for (const [name, value] of Object.entries(params))
    if (value) query.set(name, value);
    else query.delete(name);
  return address(path, query);
}

export function go(path: string, params: Params = {}): void {
  change(href(path, params), false);
}

/** Changes members of the present address; Back returns unless `replace`. */
export function setParams(params: Params, replace = false): void {
  const { page: name, parts, query } = route.value;
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(params))
    if (value) next.set(key, value);
    else next.delete(key);
  change(address([name, ...parts.map(encodeURIComponent)].join("/"), next), replace);
}

/** By way of the text: other changes of the address must not move the window. */
const rangeText = computed(() => param("timeRange"));
export const range = computed<Range>(() => parseRange(rangeText.value) ?? DEFAULT_RANGE);
export const group = computed(() => param("group"));

/** Counts refreshes; a relative range is resolved anew at each of them. */
export const refreshed = signal(0);
export const refresh = () => { refreshed.value++; };

export const span = computed(() => {
  refreshed.value;
  return resolve(range.value, Date.now() / 1000);
});

export const setRange = (to: Range) => setParams({ timeRange: formatRange(to) });
