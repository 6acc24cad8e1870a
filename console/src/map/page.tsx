/** The service map: who calls whom, how fast, and with what outcome. */

import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { serviceGraph, summaries } from "../lib/api";
import { withinGroup } from "../lib/filter";
import { useKeys } from "../lib/keys";
import { useQuery } from "../lib/query";
import { group, param, refresh, setParams, span } from "../lib/router";
import type { Span } from "../lib/time";
import { Loading, Problem } from "../ui/parts";
import { NoTraffic } from "../ui/no_result";
import { buildGraph, EMPTY, keepNodes, neighbourhood, nodeKey, quieted, union, type Graph, type MapNode } from "./graph";
import { Layout, type Positions } from "./layout";
import { Legend } from "./legend";
import type { Change } from "./node";
import { Panel } from "./panel";
import { Replay, stepAt, stepOf } from "./replay";
import { MapTable } from "./table";
import { Toolbar } from "./toolbar";
import { MapView, type Chosen, type SizeBy } from "./view";
import "../style/map.css";

const layout = new Layout();
/** Up to here the details stand below the picture, which becomes shorter. */
const NARROW = 900;
/** Enough to light the nodes of an expression; the list is for reading all. */
const FIND_MOST = 2000;

function useGraph(window: Span, key: unknown = ""): ReturnType<typeof useQuery<Graph>> {
  return useQuery([window.start, window.end, group.value, key], (stop) =>
    serviceGraph(window, group.value, stop).then(buildGraph));
}

export function MapPage() {
  const step = stepAt(param("replay"));
  const { data: now, error, loading } = useGraph(span.value);
  const frame = useFrame(step);
  const before = useBefore(param("compare") === "1");
  // What is gone since the period before, or quiet at a moment of the replay, stays in
  // its place.
  const whole = useMemo(() => now && before ? union(quieted(before), now) : now, [now, before]);
  const graph = useMemo(() => whole && frame ? union(quieted(whole), frame) : whole, [whole, frame]);
  const found = useFound(param("find"));
  const shown = useMemo(() => graph && narrow(graph, found), [graph, found, param("focus"), param("hops"), param("mode")]);
  const positions = usePositions(whole, shown);
  const chosen = chosenNow();
  useMapKeys();
  if (error) return <div class="pad"><Problem error={error} retry={refresh} /></div>;
  if (!whole || !shown || !positions) return <Loading what="the service map" />;
  if (whole.nodes.size === 0) return <NoTraffic what="services" />;
  return (
    <div class="map-page">
      <h1 class="visually-hidden">Service map</h1>
      <Toolbar graph={whole} shown={shown} replaying={step !== null} onReplay={() => setStep(step === null ? 0 : null)}
        finding={found.loading} found={found.keys?.size ?? null} />
      {found.error && <Problem error={found.error} />}
      <div class="map-body">
        <div class="picture" aria-busy={loading}>
          <MapView label="Service map" shape={`${param("view")} ${chosen && innerWidth <= NARROW ? "short" : ""}`} graph={shown} positions={positions} chosen={chosen}
            onChoose={choose} onFocus={focus} icons={param("labels") === "icons"}
            sizeBy={(param("size") || "none") as SizeBy}
            lit={lit(shown, found.keys)} changes={before && changes(shown, before)} />
          {step !== null && <Replay span={span.value} step={step} onStep={setStep} onClose={() => setStep(null)} />}
          <Legend />
          {param("view") === "table" && <MapTable graph={shown} chosen={chosen} onChoose={choose} />}
        </div>
        {chosen && <Panel graph={graph ?? EMPTY} before={before} chosen={chosen} onChoose={choose} onFocus={focus} />}
      </div>
    </div>
  );
}

function chosenNow(): Chosen | null {
  for (const kind of ["node", "edge"] as const)
    if (param(kind)) return { kind, key: param(kind) };
  return null;
}

/** What was selected of one's distribution says nothing of another's. */
const choose = (to: Chosen | null) =>
  setParams({ node: null, edge: null, status: null, rt: null, ...(to && { [to.kind]: to.key }) });
const setStep = (to: number | null) =>
  setParams({ replay: to === null ? null : String(to) }, true);
const focus = (key: string) => setParams({ focus: key, hops: null });

function useFrame(step: number | null): Graph | null {
  const window = step === null ? null : stepOf(span.value, step);
  return useQuery([window?.start, window?.end, group.value], (stop) =>
    window && serviceGraph(window, group.value, stop).then(buildGraph)).data;
}

function useBefore(wanted: boolean): Graph | null {
  const { start, end } = span.value;
  return useQuery([wanted, start, end, group.value], (stop) =>
    wanted ? serviceGraph({ start: start - (end - start), end: start }, group.value, stop)
      .then(buildGraph) : null).data;
}

interface Found {
  keys: Set<string> | null;
  loading: boolean;
  error: Error | null;
}

/** The nodes that traces matching an expression went through. */
function useFound(expression: string): Found {
  const { data, error, loading } = useQuery(
    [expression, span.value, group.value], (stop) => expression
      ? summaries({ span: span.value, filter: withinGroup(group.value, expression) }, FIND_MOST, stop)
        .then((list) => new Set(list.flatMap((t) => t.ServiceIds ?? []).map(nodeKey)))
      : null);
  return useMemo(() => ({ keys: data, loading, error }), [data, loading, error]);
}

function narrow(graph: Graph, found: Found): Graph {
  let shown = graph;
  if (param("focus")) {
    const near = neighbourhood(graph, param("focus"), Number(param("hops") || 1));
    shown = keepNodes(shown, (node) => near.has(node.key));
  }
  const { keys } = found;
  if (keys && param("mode") === "only") shown = keepNodes(shown, (node) => keys.has(node.key));
  if (keys && param("mode") === "hide") shown = keepNodes(shown, (node) => !keys.has(node.key));
  return shown;
}

/** What the search by name or the expression points at. */
function lit(graph: Graph, found: Set<string> | null): Set<string> | null {
  const text = param("search").toLowerCase();
  if (text)
    return new Set([...graph.nodes.values()]
      .filter((n) => `${n.name} ${n.type}`.toLowerCase().includes(text)).map((n) => n.key));
  return found && !param("mode") ? found : null;
}

function changes(graph: Graph, before: Graph): Map<string, Change> {
  const some = (n: MapNode | undefined) => !!n?.counts.total;
  const nodes = [...graph.nodes.values()].filter((n) => some(n) || some(before.nodes.get(n.key)));
  return new Map(nodes.map((node) => {
    const old = before.nodes.get(node.key);
    const share = (n: typeof node) => n.counts.fault / (n.counts.total || 1);
    return [node.key, {
      latency: old?.average && node.average !== null ? node.average / old.average - 1 : null,
      faults: old ? share(node) - share(old) : 0,
      fresh: !some(old),
      gone: !some(node),
    }];
  }));
}

/** While a neighbourhood is in focus it gets a layout of its own. */
function usePositions(whole: Graph | null, shown: Graph | null): Positions | null {
  const [positions, setPositions] = useState<Positions | null>(null);
  const focused = param("focus");
  useLayoutEffect(() => {
    const graph = focused ? shown : whole;
    if (!graph) return undefined;
    let current = true;
    const asked = focused ? new Layout().of(graph) : layout.of(graph);
    void asked.then((found) => { if (current) setPositions(found); });
    return () => { current = false; };
  }, [whole, focused, focused ? shown : null]);
  return positions;
}

function useMapKeys(): void {
  const flip = (name: string, to: string) => () =>
    setParams({ [name]: param(name) === to ? null : to });
  useKeys([
    { keys: "Escape", does: "Close the details, then the focus", run: () =>
      chosenNow() ? choose(null) : setParams({ focus: null, hops: null }) },
    { keys: "l", does: "Latency or icons in the nodes", run: flip("labels", "icons") },
    { keys: "b", does: "Table beside the picture", run: flip("view", "table") },
    { keys: "v", does: "Compare with the period before", run: flip("compare", "1") },
    { keys: "p", does: "Replay the period", run: () => setStep(0) },
    { keys: "f", does: "Focus on the chosen node", run: () => {
      const chosen = chosenNow();
      if (chosen?.kind === "node") focus(chosen.key);
    } },
    { keys: "ArrowRight", does: "From node to node, when one has the focus", run: () =>
      document.querySelector<SVGGElement>(".map-view .node[tabindex='0']")?.focus() },
  ]);
}
