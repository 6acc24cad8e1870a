/** Positions that stay put: the layout is of everything seen so far on this map, so a
 * node that goes quiet or a refresh moves nothing; only a new node or call does. */

import workerAddress from "./layout_worker?worker&url";
import { edgeKey, EMPTY, union, type Graph } from "./graph";
import type { LayoutAnswer, LayoutQuestion } from "./layout_worker";

export interface Point {
  x: number;
  y: number;
}
export interface Positions {
  /** The middle of each node. */
  at: ReadonlyMap<string, Point>;
  /** What a call passes on its way, by the key of its edge. */
  bends: ReadonlyMap<string, readonly Point[]>;
}

export const CELL = { width: 128, height: 106 };

/** Columns are drawn apart where the screen is wider than the picture, up to this. */
const STRETCH_MOST = 1.7;

function stretched({ positions, bends }: LayoutAnswer): Positions {
  const xs = positions.map(([, x]) => x);
  const ys = positions.map(([, , y]) => y);
  const width = Math.max(...xs) - Math.min(...xs) + CELL.width;
  const height = Math.max(...ys) - Math.min(...ys) + CELL.height;
  const by = Math.min(STRETCH_MOST, Math.max(1, (innerWidth / innerHeight) * (height / width)));
  return {
    at: new Map(positions.map(([key, x, y]) => [key, { x: x * by, y }])),
    bends: new Map(bends.map(([from, to, points]) =>
      [edgeKey(from, to), points.map(([x, y]) => ({ x: x * by, y }))])),
  };
}

interface ScriptPolicy {
  createScriptURL(address: string): string;
}

/** Under `require-trusted-types-for 'script'` a worker's address must be vouched for. */
const policy: ScriptPolicy = (
  globalThis as { trustedTypes?: { createPolicy(n: string, p: ScriptPolicy): ScriptPolicy } }
).trustedTypes?.createPolicy("fluoro-worker", { createScriptURL: (address) => address })
  ?? { createScriptURL: (address) => address };

let worker: Worker | null = null;
let asked = 0;
const waiting = new Map<number, (positions: Positions) => void>();

function theWorker(): Worker {
  if (!worker) {
    worker = new Worker(policy.createScriptURL(workerAddress), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
      waiting.get(data.id)?.(stretched(data));
      waiting.delete(data.id);
    };
  }
  return worker;
}

// It loads while the first answer is on its way.
theWorker();

function place(graph: Graph): Promise<Positions> {
  const question: LayoutQuestion = {
    id: ++asked,
    // One order in, one layout out, whatever order the server answered in.
    nodes: [...graph.nodes.keys()].sort(),
    edges: [...graph.edges.values()].map(({ from, to }): [string, string] => [from, to])
      .sort((a, b) => (a.join() < b.join() ? -1 : 1)),
    ...CELL,
  };
  return new Promise((resolve) => {
    waiting.set(question.id, resolve);
    theWorker().postMessage(question);
  });
}

/** One map's memory of its graph and positions. */
export class Layout {
  private known: Graph = EMPTY;
  private placed: Promise<Positions> = Promise.resolve({ at: new Map(), bends: new Map() });

  of(graph: Graph): Promise<Positions> {
    const fresh = [...graph.nodes.keys()].some((key) => !this.known.nodes.has(key)) ||
      [...graph.edges.keys()].some((key) => !this.known.edges.has(key));
    if (fresh) {
      this.known = union(this.known, graph);
      this.placed = place(this.known);
    }
    // Perhaps still under way: asked for by an answer before this one.
    return this.placed;
  }
}
