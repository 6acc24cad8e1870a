/** One trace: its map, its timeline, and the details of what is chosen. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { batchGetTraces, traceGraph } from "../lib/api";
import { useKeys } from "../lib/keys";
import { useQuery } from "../lib/query";
import { href, param, refresh, refreshed, setParams } from "../lib/router";
import { age, dateTime, duration, plain } from "../lib/time";
import type { Service, Trace } from "../lib/types";
import { buildGraph } from "../map/graph";
import { CELL, Layout, type Positions } from "../map/layout";
import { MapView, type Chosen } from "../map/view";
import { Icon } from "../ui/icons";
import { CopyButton, Loading, Problem } from "../ui/parts";
import { Detail } from "./detail";
import { LinkedSection, useLinked } from "./linked";
import { buildTree, criticalPath, rootOf, titleOf, type Interval, type TraceTree } from "./model";
import { Minimap } from "./minimap";
import { Outcome } from "./outcome";
import { Raw } from "./raw";
import { serviceKey } from "./rows";
import { Timeline } from "./timeline";
import { mapShown, TraceTools, useShape, useSearch } from "./tools";
import "../style/map.css";
import "../style/trace.css";

/** While something is in progress the trace is asked for again. */
const PENDING_MS = 5000;

export function TracePage({ id, raw }: { id: string; raw: boolean }) {
  const { data: traces, error, loading } = useQuery(
    [id, refreshed.value], (stop) => batchGetTraces([id], stop));
  const trace = traces?.[0];
  const tree = useMemo(() => (trace ? buildTree(trace) : null), [trace]);
  useEffect(() => {
    if (!tree?.pending) return undefined;
    const timer = setTimeout(refresh, PENDING_MS);
    return () => clearTimeout(timer);
  }, [tree]);
  if (error) return <div class="pad"><Problem error={error} retry={refresh} /></div>;
  if (!trace || !tree) return loading ? <Loading what="the trace" /> : <NotFound id={id} />;
  return (
    <div class="trace-page">
      <Heading trace={trace} tree={tree} raw={raw} />
      {raw ? <Raw trace={trace} tree={tree} /> : <Whole trace={trace} tree={tree} />}
    </div>
  );
}

function NotFound({ id }: { id: string }) {
  return (
    <div class="empty" role="status">
      <h1>No trace with this id</h1>
      <p><code>{id}</code></p>
      <ul>
        <li>It may not have arrived yet. <button type="button" onClick={refresh}>Look again</button></li>
        <li>Its request may not have been sampled: see the <a href={href("sampling")}>sampling rules</a>.</li>
        <li>Its documents may have been refused: see <a href={href("health")}>health</a>.</li>
        <li>It may be older than what this server keeps.</li>
      </ul>
      <a class="button" href={href("traces")}>Search traces</a>
    </div>
  );
}

function Heading({ trace, tree, raw }: { trace: Trace; tree: TraceTree; raw: boolean }) {
  const root = rootOf(tree);
  const cli = `aws xray batch-get-traces --endpoint-url ${location.origin} --trace-ids ${trace.Id}`;
  return (
    <header class="trace-head">
      <div class="title">
        <h1>{titleOf(tree)}</h1>
        {root && <Outcome entity={root} status />}
        <span><b>{duration(trace.Duration)}</b></span>
        <span class="muted" title={dateTime(tree.start)}>{dateTime(tree.start)}, {age(tree.start, Date.now() / 1000)} ago</span>
      </div>
      <div class="actions">
        <code>{trace.Id}</code>
        <CopyButton text={() => trace.Id} label="Copy ID" />
        <CopyButton text={() => cli} label="Copy as CLI" />
        <a class="button" href={href(`traces/${trace.Id}${raw ? "" : "/raw"}`)}>{raw ? "Timeline" : "Raw data"}</a>
      </div>
      <div class="notices">
        {trace.LimitExceeded && <p class="notice"><Icon name="warn" /><span>The trace grew beyond the size limit; later documents were refused.</span></p>}
        {tree.orphans > 0 && <p class="notice"><Icon name="warn" /><span>{plain(tree.orphans)} {tree.orphans === 1 ? "document names a parent" : "documents name parents"} that {tree.orphans === 1 ? "has" : "have"} not arrived: the trace is incomplete.</span></p>}
        {tree.pending > 0 && <p class="notice"><Icon name="clock" /><span>{plain(tree.pending)} in progress. The page follows along.</span></p>}
      </div>
    </header>
  );
}

function Whole({ trace, tree }: { trace: Trace; tree: TraceTree }) {
  const critical = useMemo(() => criticalPath(tree), [tree]);
  const [window, setWindow] = useState<Interval>([tree.start, tree.end]);
  useEffect(() => setWindow([tree.start, tree.end]), [tree.start, tree.end]);
  const search = useSearch(tree);
  const shape = useShape(tree, critical);
  const linked = useLinked(trace, tree);
  const chosen = param("span");
  const entity = tree.byId.get(chosen);
  const choose = (to: string) => {
    const wanted = tree.byId.get(to);
    for (let at = wanted?.parent; at; at = at.parent) shape.open(at.id);
    if (wanted) shape.open(serviceKey(wanted.segment));
    // What is asked for by name is shown, whatever was left out before.
    setParams({ span: to, ...(wanted && shape.hides(wanted) ? { show: null } : {}) });
  };
  useKeys([{ keys: "Escape", does: "Close the details", run: () => setParams({ span: null, tab: null }) }]);
  return (
    <div class="trace-body">
      <div class="left">
        <LinkedSection linked={linked} tree={tree} onChoose={choose} />
        {mapShown() && <TraceMap trace={trace} tree={tree} onChoose={choose} />}
        <TraceTools tree={tree} shape={shape} search={search} onChoose={choose} />
        <Minimap tree={tree} rows={shape.rows} window={window} onWindow={setWindow} />
        <Timeline tree={tree} rows={shape.rows} window={window} chosen={chosen} onChoose={choose}
          critical={shape.showCritical ? critical : null} matches={search.matches} onToggle={shape.toggle} />
      </div>
      {entity && <Detail tree={tree} entity={entity} critical={critical} linked={linked.rows} onChoose={choose}
        onClose={() => setParams({ span: null, tab: null })} />}
    </div>
  );
}

/** The nodes of this trace alone; choosing one shows its first segment. */
function TraceMap({ trace, tree, onChoose }: {
  trace: Trace; tree: TraceTree; onChoose: (id: string) => void;
}) {
  const { data } = useQuery([trace], (stop) =>
    // The map is an extra: a trace whose map fails is still worth showing.
    traceGraph([trace.Id], stop).catch((): Service[] => []));
  const graph = useMemo(() => buildGraph(data ?? []), [data]);
  const [positions, setPositions] = useState<Positions | null>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  useEffect(() => { void new Layout().of(graph).then(setPositions); }, [graph]);
  if (!data || !positions) return <div class="trace-map" aria-busy="true" />;
  if (graph.nodes.size === 0)
    return tree.pending > 0 ? <p class="muted pad">The map is drawn once the first segment has ended.</p> : null;
  return (
    <div class="trace-map" style={{ height: `${mapHeight(positions)}px` }}>
      <MapView label="Map of this trace" graph={graph} positions={positions} chosen={chosen} scaleLeast={0.42}
        onChoose={(to) => {
          setChosen(to);
          const node = to?.kind === "node" ? graph.nodes.get(to.key) : undefined;
          const first = node && find(tree, node.name, node.type);
          if (first) onChoose(first);
        }} />
    </div>
  );
}

/** As high as the graph needs at a readable size, and no higher than leaves room. */
function mapHeight(positions: Positions): number {
  const ys = [...positions.at.values()].map(({ y }) => y);
  const high = ys.reduce((a, b) => Math.max(a, b), 0) - ys.reduce((a, b) => Math.min(a, b), Infinity);
  const most = Math.min(420, innerHeight * 0.38);
  return Math.max(150, Math.min(most, (high + CELL.height + 20) * 0.62 + 36));
}

function find(tree: TraceTree, name: string, type: string): string | null {
  const own = tree.segments.find((s) => s.name === name && (s.document.origin ?? "") === type);
  if (own) return own.id;
  // An inferred node stands for a call.
  for (const entity of tree.byId.values()) {
    const resources = entity.inferred?.aws?.["resource_names"];
    if (entity.inferred && (entity.name === name || (Array.isArray(resources) && resources.includes(name))))
      return entity.id;
  }
  return null;
}
