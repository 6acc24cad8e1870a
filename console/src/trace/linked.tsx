/** Traces that this one links to and those that link to it: what they are, before one
 * goes there. */

import { useMemo, useState } from "preact/hooks";
import { batchGetTraces, linkingTraces } from "../lib/api";
import { pastedTraceId } from "../lib/filter";
import { useQuery } from "../lib/query";
import { href } from "../lib/router";
import { axis } from "../lib/stats";
import { duration, plain } from "../lib/time";
import type { Trace } from "../lib/types";
import { Icon } from "../ui/icons";
import { Outcome } from "./outcome";
import { buildTree, rootOf, titleOf, type Entity, type TraceTree } from "./model";

export interface Linked {
  key: string;
  traceId: string;
  direction: "to" | "from";
  /** Who links or is linked to in this trace and in the other; "" is the whole trace. */
  here: string;
  there: string;
  attributes: Record<string, unknown> | undefined;
  /** Null where this server does not have the other trace. */
  tree: TraceTree | null;
}
export interface LinkedTraces {
  rows: readonly Linked[];
  /** How many other traces are known of, shown or not. */
  total: number;
  more: (() => void) | null;
  loading: boolean;
}

/** How many other traces are read at first, and how many more at a time. */
const STEP = 20;
const IDS_PER_CALL = 5;

interface Answer {
  trees: ReadonlyMap<string, TraceTree>;
  from: readonly string[];
}

export function useLinked(trace: Trace, tree: TraceTree): LinkedTraces {
  const [most, setMost] = useState(STEP);
  const to = useMemo(() => linksOf(tree), [tree]);
  const { data, loading } = useQuery([trace, most], async (stop): Promise<Answer> => {
    // What is linked is an extra: a trace whose links cannot be read is worth showing.
    const from = await linkingTraces(trace.Id, stop).catch((): string[] => []);
    const wanted = idsOf(to, from).slice(0, most);
    const calls = Array.from({ length: Math.ceil(wanted.length / IDS_PER_CALL) }, (_, i) =>
      batchGetTraces(wanted.slice(i * IDS_PER_CALL, (i + 1) * IDS_PER_CALL), stop).catch((): Trace[] => []));
    const found = (await Promise.all(calls)).flat();
    return { from, trees: new Map(found.map((one) => [one.Id, buildTree(one)])) };
  });
  return useMemo(() => {
    const from = data?.from ?? [];
    const all = idsOf(to, from);
    const shown = new Set(all.slice(0, most));
    const trees = data?.trees ?? new Map<string, TraceTree>();
    return {
      rows: [...incoming(trace.Id, from, trees), ...to.map((link) => ({ ...link, tree: trees.get(link.traceId) ?? null }))]
        .filter(({ traceId }) => shown.has(traceId)),
      total: all.length, loading: loading && !data,
      more: all.length > most ? () => setMost(most + STEP) : null,
    };
  }, [to, data, loading, most]);
}

const idsOf = (to: readonly Linked[], from: readonly string[]) =>
  [...new Set([...from, ...to.map(({ traceId }) => traceId)])];

/** The links that any part of a trace holds, each once. */
export function linksOf(tree: TraceTree): Linked[] {
  const found = new Map<string, Linked>();
  for (const { id, document } of tree.byId.values()) {
    for (const link of Array.isArray(document.links) ? document.links : []) {
      const traceId = pastedTraceId(String(link?.trace_id ?? ""));
      if (!traceId) continue;
      const there = String(link.id ?? "").toLowerCase();
      const key = `to ${traceId} ${there} ${id}`;
      found.set(key, { key, traceId, there, direction: "to", here: id, attributes: link.attributes, tree: null });
    }
  }
  return [...found.values()];
}

/** The same links seen from the other end. */
function incoming(
  own: string, from: readonly string[], trees: ReadonlyMap<string, TraceTree>,
): Linked[] {
  return from.flatMap((traceId): Linked[] => {
    const tree = trees.get(traceId) ?? null;
    const links = tree ? linksOf(tree).filter((link) => link.traceId === own) : [];
    const one = (here: string, there: string, attributes?: Record<string, unknown>): Linked =>
      ({ key: `from ${traceId} ${there} ${here}`, traceId, direction: "from", here, there, attributes, tree });
    return links.length ? links.map((link) => one(link.there, link.here, link.attributes)) : [one("", "")];
  });
}

export function LinkedSection({ linked, tree, onChoose }: {
  linked: LinkedTraces; tree: TraceTree; onChoose: (id: string) => void;
}) {
  if (linked.total === 0) return null;
  return (
    <details class="linked" open>
      <summary><h2>Linked traces</h2> <span class="muted">{plain(linked.total)}</span></summary>
      <LinkedList rows={linked.rows} {...{ tree, onChoose }} />
      {linked.more && <button type="button" class="quiet" onClick={linked.more}>Show more of {plain(linked.total)}</button>}
    </details>
  );
}

export function LinkedList({ rows, tree, onChoose }: {
  rows: readonly Linked[]; tree: TraceTree; onChoose: (id: string) => void;
}) {
  return (
    <ul class="linked-list">
      {rows.map((row) => <Row key={row.key} row={row} tree={tree} onChoose={onChoose} />)}
    </ul>
  );
}

const WAYS = { to: ["→", "Links to"], from: ["←", "Linked from"] } as const;

function Row({ row, tree, onChoose }: { row: Linked; tree: TraceTree; onChoose: (id: string) => void }) {
  const [arrow, said] = WAYS[row.direction];
  const here = tree.byId.get(row.here);
  const root = row.tree && rootOf(row.tree);
  return (
    <li>
      <span class="way"><b aria-hidden="true">{arrow}</b> {said}</span>
      <span class="what">
        <a href={href(`traces/${row.traceId}`, { span: row.there || null })} title={row.traceId}>
          {row.tree ? titleOf(row.tree) : row.traceId}
        </a>
        {!!row.attributes && <small class="muted">{attributesText(row.attributes)}</small>}
      </span>
      {row.tree && root
        ? (
          <>
            <span class="state"><Outcome entity={root} status /></span>
            <span class="number">{duration(row.tree.end - row.tree.start)}</span>
            <Preview tree={row.tree} />
            <span class="muted when">{apart(row.tree.start - tree.start)}</span>
          </>
        )
        : <span class="muted gone">not stored here: it was not sampled, has not arrived or is no longer kept</span>}
      <span class="here">
        {here && <button type="button" class="quiet flat" onClick={() => onChoose(here.id)}><Icon name="link" size={12} /> {here.name}</button>}
      </span>
    </li>
  );
}

const attributesText = (attributes: Record<string, unknown>) =>
  Object.entries(attributes).map(([key, value]) => `${key} = ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");

/** Below this two starts are called one. */
const AT_ONCE_SECONDS = 0.0005;

function apart(seconds: number): string {
  if (Math.abs(seconds) < AT_ONCE_SECONDS) return "at the same time";
  return seconds > 0 ? `${duration(seconds)} later` : `${duration(-seconds)} earlier`;
}

const WIDTH = 200;
const HEIGHT = 22;
/** More lines than this cannot be told apart in so little room. */
const LINES_MOST = 8;

/** The other trace's segments as lines over its own time; of a lone one its parts too. */
function Preview({ tree }: { tree: TraceTree }) {
  const on = axis(tree.start, tree.end, "linear");
  const [first, ...rest] = tree.segments;
  const lines: readonly Entity[] =
    (first && rest.length === 0 ? [first, ...first.children] : tree.segments).slice(0, LINES_MOST);
  const names = [...new Set(tree.segments.map(({ name }) => name))];
  const step = HEIGHT / lines.length;
  const high = Math.min(step * 0.7, 4);
  return (
    <svg class="preview-lines" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img"
      aria-label={`${plain(tree.segments.length)} ${rest.length === 0 ? "segment" : "segments"}: ${names.slice(0, LINES_MOST).join(", ")}`}>
      <title>{names.join(", ")}</title>
      {lines.map((entity, i) => {
        const from = on.at(entity.start) * WIDTH;
        return <rect key={entity.id} class={`fill ${entity.end === null ? "pending" : entity.outcome}`}
          x={from} y={(i + 0.5) * step - high / 2} height={high}
          width={Math.max(1.5, on.at(entity.end ?? tree.end) * WIDTH - from)} />;
      })}
    </svg>
  );
}
