/** The map's nodes and edges out of GetServiceGraph's services. */

import { counts, sorted, type Counts } from "../lib/stats";
import type { Edge, HistogramEntry, Service, ServiceId } from "../lib/types";

export interface Measured {
  counts: Counts;
  /** Mean seconds a request; null without requests. */
  average: number | null;
  perMinute: number;
  /** Sorted by value. */
  entries: HistogramEntry[];
  /** When there was traffic, epoch seconds. */
  start: number | null;
  end: number | null;
}
export interface MapNode extends Measured {
  key: string;
  name: string;
  type: string;
  account: string | null;
  state: string;
  root: boolean;
}
export interface MapEdge extends Measured {
  key: string;
  from: string;
  to: string;
  /** An asynchronous link, drawn dashed: the histogram is the age of the message. */
  linked: boolean;
  ages: HistogramEntry[];
}
export interface Graph {
  nodes: Map<string, MapNode>;
  edges: Map<string, MapEdge>;
}

export const EMPTY: Graph = { nodes: new Map(), edges: new Map() };

/** What makes a node itself across answers; ReferenceId is only good within one. */
export const nodeKey = (id: ServiceId) =>
  [id.Name ?? "", id.Type ?? "", id.AccountId ?? ""].join("|");

export const edgeKey = (from: string, to: string) => `${from}→${to}`;

/** Below a minute a rate would be an exaggeration. */
const RATE_SECONDS_LEAST = 60;

function measure(part: Service | Edge): Measured {
  const found = counts(part.SummaryStatistics);
  const seconds = Math.max(
    RATE_SECONDS_LEAST, (part.EndTime ?? 0) - (part.StartTime ?? 0));
  const spent = part.SummaryStatistics?.TotalResponseTime ?? 0;
  return {
    counts: found,
    average: found.total ? spent / found.total : null,
    perMinute: found.total / (seconds / 60),
    entries: sorted(part.ResponseTimeHistogram),
    start: part.StartTime ?? null,
    end: part.EndTime ?? null,
  };
}

export function buildGraph(services: readonly Service[]): Graph {
  const byReference = new Map(services.map((s) => [s.ReferenceId, nodeKey(s)]));
  const nodes = new Map<string, MapNode>();
  const edges = new Map<string, MapEdge>();
  for (const service of [...services].sort((a, b) => (nodeKey(a) < nodeKey(b) ? -1 : 1))) {
    const key = nodeKey(service);
    nodes.set(key, {
      key, ...measure(service),
      name: service.Name ?? service.Names?.[0] ?? "(no name)", type: service.Type ?? "",
      account: service.AccountId ?? null, state: service.State ?? "", root: !!service.Root,
    });
    for (const edge of service.Edges ?? []) {
      const to = byReference.get(edge.ReferenceId);
      if (to === undefined) continue;
      const own = edgeKey(key, to);
      edges.set(own, {
        key: own, from: key, to, ...measure(edge),
        linked: edge.EdgeType === "link", ages: sorted(edge.ReceivedEventAgeHistogram),
      });
    }
  }
  return borrowForClients({ nodes, edges });
}

/** A client has no statistics of its own: its edge carries them. */
function borrowForClients(graph: Graph): Graph {
  for (const edge of graph.edges.values()) {
    const from = graph.nodes.get(edge.from);
    if (from?.type === "client")
      graph.nodes.set(from.key, { ...from, ...measured(edge) });
  }
  return graph;
}

const measured = ({ counts: c, average, perMinute, entries, start, end }: Measured) =>
  ({ counts: c, average, perMinute, entries, start, end });

/** The nodes within so many steps of one, in both directions. */
export function neighbourhood(graph: Graph, key: string, hops: number): Set<string> {
  const near = new Set([key]);
  for (let hop = 0; hop < hops; hop++) {
    const border = [...graph.edges.values()].filter(
      ({ from, to }) => near.has(from) !== near.has(to));
    for (const { from, to } of border) near.add(from).add(to);
  }
  return near;
}

export function keepNodes(graph: Graph, keep: (node: MapNode) => boolean): Graph {
  const nodes = new Map([...graph.nodes].filter(([, node]) => keep(node)));
  const edges = new Map([...graph.edges].filter(
    ([, edge]) => nodes.has(edge.from) && nodes.has(edge.to)));
  return { nodes, edges };
}

const QUIET: Measured = {
  counts: counts(null), average: null, perMinute: 0, entries: [], start: null, end: null,
};

/** The same services and calls, none of which had a request. */
export const quieted = (graph: Graph): Graph => ({
  nodes: new Map([...graph.nodes].map(([key, node]) => [key, { ...node, ...QUIET }])),
  edges: new Map([...graph.edges].map(([key, edge]) => [key, { ...edge, ...QUIET, ages: [] }])),
});

/** Everything either knows; the second wins. */
export const union = (one: Graph, other: Graph): Graph => ({
  nodes: new Map([...one.nodes, ...other.nodes]),
  edges: new Map([...one.edges, ...other.edges]),
});
