/** Places nodes in layers from left to right, off the page's thread. */

import { Graph, layout } from "@dagrejs/dagre";

export interface LayoutQuestion {
  id: number;
  nodes: string[];
  edges: [string, string][];
  width: number;
  height: number;
}
export interface LayoutAnswer {
  id: number;
  positions: [string, number, number][];
  /** Where calls that pass other columns go through them. */
  bends: [from: string, to: string, points: [number, number][]][];
}

/** Dagre's finest ranking and ordering take seconds from here on. */
const LARGE = 250;

function place({ id, nodes, edges, width, height }: LayoutQuestion): LayoutAnswer {
  const graph = new Graph();
  graph.setGraph({
    rankdir: "LR", nodesep: 6, ranksep: 64, edgesep: 24,
    ranker: nodes.length > LARGE ? "longest-path" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node, { width, height });
  for (const [from, to] of edges) if (from !== to) graph.setEdge(from, to);
  layout(graph);
  const positions = nodes.map((node): [string, number, number] => {
    const { x, y } = graph.node(node) as Point;
    return [node, x, y];
  });
  return { id, positions, bends: bendsOf(graph, new Set(positions.map(([, x]) => x))) };
}

interface Point {
  x: number;
  y: number;
}

/** Dagre also bends between the columns; there a curve finds its way by itself. */
function bendsOf(graph: Graph, columns: ReadonlySet<number>): LayoutAnswer["bends"] {
  return graph.edges().flatMap(({ v, w }): LayoutAnswer["bends"] => {
    const { points = [] } = graph.edge(v, w) as { points?: Point[] };
    const inside = points.slice(1, -1).filter(({ x }) => columns.has(x));
    return inside.length ? [[v, w, inside.map(({ x, y }) => [x, y])]] : [];
  });
}

self.onmessage = ({ data }: MessageEvent<LayoutQuestion>) => {
  self.postMessage(place(data));
};
