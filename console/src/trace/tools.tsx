/** Over the timeline: search within, what to show, how deep to open. */

import { useMemo, useState } from "preact/hooks";
import { useKeys } from "../lib/keys";
import { param, setParams } from "../lib/router";
import { plain } from "../lib/time";
import { Icon } from "../ui/icons";
import { Choice } from "../ui/parts";
import { haystack, type Entity, type Interval, type TraceTree } from "./model";
import { collapsedBelow, collapsible, rowsOf, type Row } from "./rows";

export interface Search {
  text: string;
  matches: Set<Entity> | null;
  ordered: Entity[];
}

/** Ids, names, annotations, queries, messages: whatever the documents say. */
export function useSearch(tree: TraceTree): Search {
  const text = param("q").trim().toLowerCase();
  const stacks = useMemo(() => ({ of: null as Map<Entity, string> | null }), [tree]);
  return useMemo(() => {
    if (!text) return { text, matches: null, ordered: [] };
    stacks.of ??= new Map([...tree.byId.values()].map((e) => [e, haystack(e)]));
    const ordered = [...stacks.of].filter(([, hay]) => hay.includes(text)).map(([e]) => e)
      .sort((a, b) => a.start - b.start);
    return { text, matches: new Set(ordered), ordered };
  }, [tree, text]);
}

export interface Shaping {
  rows: Row[];
  /** Whether what is left out leaves out this one. */
  hides: (entity: Entity) => boolean;
  showCritical: boolean;
  toggle: (key: string) => void;
  open: (key: string) => void;
  all: (open: boolean) => void;
  level: (step: 1 | -1) => void;
}

export function useShape(tree: TraceTree, critical: ReadonlyMap<string, Interval[]>): Shaping {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [depth, setDepth] = useState(99);
  const show = param("show");
  const only = useMemo(() => {
    if (show === "errors") return new Set([...tree.byId.values()].filter((e) => e.outcome !== "ok" || e.end === null));
    if (show === "critical") return new Set([...tree.byId.values()].filter((e) => critical.has(e.id)));
    return null;
  }, [tree, show]);
  const byService = param("rows") === "service";
  const rows = useMemo(() => rowsOf(tree, { collapsed, only, byService }), [tree, collapsed, only, byService]);
  return {
    rows,
    hides: (entity) => !!only && !only.has(entity),
    showCritical: show !== "plain",
    toggle: (key) => setCollapsed((old) => {
      const next = new Set(old);
      if (!next.delete(key)) next.add(key);
      return next;
    }),
    open: (key) => setCollapsed((old) => {
      if (!old.has(key)) return old;
      const next = new Set(old);
      next.delete(key);
      return next;
    }),
    all: (open) => {
      setDepth(open ? 99 : 1);
      setCollapsed(open ? new Set() : new Set(collapsible(tree)));
    },
    level: (step) => {
      const next = Math.max(1, Math.min(depth, deepest(tree)) + step);
      setDepth(next);
      setCollapsed(collapsedBelow(tree, next));
    },
  };
}

function deepest(tree: TraceTree): number {
  let most = 1;
  const stack: [Entity, number][] = tree.roots.map((root) => [root, 1]);
  for (let top = stack.pop(); top; top = stack.pop()) {
    most = Math.max(most, top[1]);
    for (const child of top[0].children) stack.push([child, top[1] + 1]);
  }
  return most;
}

/** The map takes room that a small screen does not have: there it is shown when asked. */
export const mapShown = () =>
  param("map") ? param("map") === "1" : !matchMedia("(max-width: 900px)").matches;

const toggleMap = () => setParams({ map: mapShown() ? "0" : "1" }, true);

const SHOWS = [["", "All"], ["errors", "Errors only"], ["critical", "Critical path"]] as const;

export function TraceTools({ tree, shape, search, onChoose }: {
  tree: TraceTree; shape: Shaping; search: Search; onChoose: (id: string) => void;
}) {
  const [gone, setGone] = useState({ text: "", at: -1 });
  // Another search begins before its first match.
  const at = gone.text === search.text ? gone.at : -1;
  const step = (by: 1 | -1) => {
    const { length } = search.ordered;
    if (!length) return;
    const next = at < 0 && by < 0 ? length - 1 : (at + by + length) % length;
    setGone({ text: search.text, at: next });
    onChoose(search.ordered[next]!.id);
  };
  const show = (to: string) => setParams({ show: param("show") === to ? null : to }, true);
  useKeys([
    { keys: "n", does: "Next match", run: () => step(1) },
    { keys: "N", does: "Previous match", run: () => step(-1) },
    { keys: "e", does: "Errors only", run: () => show("errors") },
    { keys: "c", does: "Critical path only", run: () => show("critical") },
    { keys: "v", does: "By service, or nested as called", run: () => setParams({ rows: param("rows") ? null : "service" }, true) },
    { keys: "[", does: "Expand all", run: () => shape.all(true) },
    { keys: "]", does: "Collapse all", run: () => shape.all(false) },
    { keys: "o", does: "Expand one level", run: () => shape.level(1) },
    { keys: "p", does: "Collapse one level", run: () => shape.level(-1) },
    { keys: "m", does: "Show or hide the map", run: toggleMap },
  ], [at, search, shape]);
  return (
    <div class="toolbar" role="toolbar" aria-label="Timeline">
      <form class="search" onSubmit={(e) => { e.preventDefault(); step(1); }}>
        <Icon name="search" />
        <input type="search" data-search placeholder="Search in the trace" aria-label="Search in the trace"
          value={param("q")} onInput={(e) => setParams({ q: e.currentTarget.value || null }, true)} />
        {search.matches && <span class="count" role="status">{at >= 0 ? `${plain(at + 1)} of ` : ""}{plain(search.ordered.length)} found</span>}
        {search.ordered.length > 0 && (
          <>
            <button type="button" class="square" aria-label="Previous match" onClick={() => step(-1)}>↑</button>
            <button type="button" class="square" aria-label="Next match" onClick={() => step(1)}>↓</button>
          </>
        )}
      </form>
      <Choice label="Show" options={SHOWS} value={(param("show") || "") as ""} onChange={(v) => setParams({ show: v }, true)} />
      <Choice label="Rows" options={[["", "Nested"], ["service", "By service"]]} value={param("rows")} onChange={(v) => setParams({ rows: v }, true)} />
      {shape.showCritical && <span class="muted critical-key"><i aria-hidden="true" />critical path</span>}
      <span class="spread" />
      <span class="muted size">{sizeOf(tree)}</span>
      <button type="button" class="quiet" onClick={() => shape.all(true)}>Expand all</button>
      <button type="button" class="quiet" onClick={() => shape.all(false)}>Collapse all</button>
      <button type="button" class="quiet" onClick={toggleMap}>{mapShown() ? "Hide map" : "Show map"}</button>
    </div>
  );
}

function sizeOf(tree: TraceTree): string {
  const segments = tree.segments.length;
  const inner = tree.byId.size - segments;
  return `${plain(segments)} ${segments === 1 ? "segment" : "segments"}, ${plain(inner)} ${inner === 1 ? "subsegment" : "subsegments"}`;
}
