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
}

/** Dagre's finest ranking and ordering take seconds from here on. */
const LARGE = 250;

function place({ nodes, edges, width, height }: LayoutQuestion): LayoutAnswer["positions"] {
  const graph = new Graph();
  graph.setGraph({
    rankdir: "LR", nodesep: 10, ranksep: 64, edgesep: 12,
    ranker: nodes.length > LARGE ? "longest-path" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node, { width, height });
  for (const [from, to] of edges) if (from !== to) graph.setEdge(from, to);
  layout(graph);
  return nodes.map((node) => {
    const { x, y } = graph.node(node) as { x: number; y: number };
    return [node, x, y];
  });
}

self.onmessage = ({ data }: MessageEvent<LayoutQuestion>) => {
  const answer: LayoutAnswer = { id: data.id, positions: place(data) };
  self.postMessage(answer);
};
