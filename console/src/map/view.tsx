/** The picture of a graph: pan, zoom, choose. Its table beside it says the same. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { duration, compact } from "../lib/time";
import { Icon } from "../ui/icons";
import { useCamera } from "./camera";
import type { Graph, MapEdge, MapNode } from "./graph";
import { CELL, type Point, type Positions } from "./layout";
import { memo } from "../lib/memo";
import { NodeView, type Change } from "./node";

export type SizeBy = "none" | "health" | "traffic";
export interface Chosen {
  kind: "node" | "edge";
  key: string;
}
export interface MapViewProps {
  graph: Graph;
  positions: Positions;
  chosen: Chosen | null;
  onChoose: (chosen: Chosen | null) => void;
  onFocus?: (key: string) => void;
  sizeBy?: SizeBy;
  icons?: boolean;
  /** When given, all other nodes are dimmed. */
  lit?: ReadonlySet<string> | null;
  changes?: ReadonlyMap<string, Change> | null;
  /** How small the whole may be shown before it is cut off instead. */
  scaleLeast?: number;
  /** The whole is shown anew when this changes, unless a person has moved it. */
  shape?: string;
  label: string;
}

const RADIUS = 36;

function radii(graph: Graph, by: SizeBy): Map<string, number> {
  const weight = (node: MapNode) =>
    by === "traffic" ? node.counts.total : node.counts.total - node.counts.ok;
  const most = Math.max(1, ...[...graph.nodes.values()].map(weight));
  return new Map([...graph.nodes.values()].map((node) =>
    [node.key, by === "none" ? RADIUS : 26 + 22 * Math.sqrt(weight(node) / most)]));
}

export function MapView(props: MapViewProps) {
  const { graph, positions, chosen, onChoose, onFocus, sizeBy = "none", label, scaleLeast = 0 } = props;
  const frame = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const size = useMemo(() => {
    const shown = [...graph.nodes.keys()].flatMap((key) => positions.at.get(key) ?? []);
    const xs = shown.length ? shown.map((p) => p.x) : [0];
    const ys = shown.length ? shown.map((p) => p.y) : [0];
    return {
      left: Math.min(...xs) - CELL.width / 2, top: Math.min(...ys) - CELL.height / 2,
      right: Math.max(...xs) + CELL.width / 2, bottom: Math.max(...ys) + CELL.height / 2 + 20,
    };
  }, [graph, positions]);
  const camera = useCamera(frame, stage, size, scaleLeast, props.shape ?? "");
  const radius = useMemo(() => radii(graph, sizeBy), [graph, sizeBy]);
  const [stop, setStop] = useState<string | null>(null);
  const nodes = [...graph.nodes.values()].filter((node) => positions.at.has(node.key));
  const tabStop = stop && graph.nodes.has(stop) ? stop
    : chosen?.kind === "node" ? chosen.key : firstOf(nodes, positions);
  useEffect(() => {
    const at = chosen?.kind === "node" ? positions.at.get(chosen.key) : undefined;
    if (at) camera.bringIn(at);
  }, [chosen?.key]);
  const key = (event: Event) =>
    (event.target as Element).closest<SVGGElement>("[data-key]")?.dataset["key"];

  const click = (event: MouseEvent) => {
    if (camera.dragged()) return;
    const group = (event.target as Element).closest<SVGGElement>("[data-key]");
    if (!group) return onChoose(null);
    const kind = group.classList.contains("edge") ? "edge" : "node";
    onChoose({ kind, key: group.dataset["key"]! });
  };
  const keyDown = (event: KeyboardEvent) => {
    const at = key(event);
    if (!at) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onChoose({ kind: "node", key: at });
    } else if (event.key in DIRECTIONS) {
      event.preventDefault();
      const next = nearest(at, DIRECTIONS[event.key]!, positions, graph);
      if (!next) return;
      setStop(next);
      const element = stage.current?.querySelector<SVGGElement>(`.node[data-key="${CSS.escape(next)}"]`);
      element?.focus({ preventScroll: true });
      camera.bringIn(positions.at.get(next)!);
    }
  };
  return (
    <div class="map-view" ref={frame} role="group" aria-label={label}
      onDblClick={(event) => { const at = key(event); if (at && onFocus) onFocus(at); }}>
      <div class="stage" ref={stage}>
        <svg width={size.right - size.left} height={size.bottom - size.top}
          viewBox={`${size.left} ${size.top} ${size.right - size.left} ${size.bottom - size.top}`}
          onClick={click} onKeyDown={keyDown} onFocusIn={(e) => { const at = key(e); if (at) setStop(at); }}>
          <Arrow />
          <Edges {...{ graph, positions, radius }} lit={props.lit ?? null}
            chosen={chosen?.kind === "edge" ? chosen.key : null} />
          {nodes.map((node) => {
            const { x, y } = positions.at.get(node.key)!;
            return (
              <NodeView key={node.key} node={node} x={x} y={y}
                radius={radius.get(node.key) ?? RADIUS} icons={props.icons ?? false}
                chosen={chosen?.kind === "node" && chosen.key === node.key}
                dim={!!props.lit && !props.lit.has(node.key)} tabStop={node.key === tabStop}
                change={props.changes?.get(node.key) ?? null} />
            );
          })}
        </svg>
      </div>
      <div class="zoom" role="group" aria-label="Zoom">
        <button type="button" class="square" aria-label="Zoom in" onClick={() => camera.zoom(1.3)}><Icon name="plus" /></button>
        <button type="button" class="square" aria-label="Zoom out" onClick={() => camera.zoom(1 / 1.3)}><Icon name="minus" /></button>
        <button type="button" class="square" aria-label="Show the whole map" onClick={camera.fit}><Icon name="fit" /></button>
      </div>
    </div>
  );
}

const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

/** Where the keyboard enters: the leftmost node, the upper of two. */
const firstOf = (nodes: readonly MapNode[], positions: Positions) =>
  nodes.map((node) => ({ key: node.key, ...positions.at.get(node.key)! }))
    .sort((a, b) => a.x - b.x || a.y - b.y)[0]?.key;

/** The node that lies most nearly in a direction. */
function nearest(
  from: string, [dx, dy]: readonly [number, number], positions: Positions, graph: Graph,
): string | null {
  const here = positions.at.get(from);
  if (!here) return null;
  let best: string | null = null;
  let least = Infinity;
  for (const key of graph.nodes.keys()) {
    const there = positions.at.get(key);
    if (!there || key === from) continue;
    const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
    const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
    if (along > 1 && along + aside * 2 < least) {
      least = along + aside * 2;
      best = key;
    }
  }
  return best;
}

const Arrow = () => (
  <defs>
    <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
      markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="arrow" d="M0 0.5 8 4 0 7.5z" /></marker>
  </defs>
);

interface EdgesProps {
  graph: Graph;
  positions: Positions;
  radius: ReadonlyMap<string, number>;
  lit: ReadonlySet<string> | null;
  chosen: string | null;
}

const Edges = memo(function Edges({ graph, positions, radius, lit, chosen }: EdgesProps) {
  const most = Math.max(2, ...[...graph.edges.values()].map((edge) => edge.counts.total));
  return (
    <g>
      {[...graph.edges.values()].map((edge) => {
        const path = curve(edge, positions, radius);
        if (!path) return null;
        const width = 1.2 + 3 * (Math.log(Math.max(1, edge.counts.total)) / Math.log(most));
        const dim = lit && !(lit.has(edge.from) && lit.has(edge.to));
        const bad = edge.counts.fault > 0;
        return (
          <g key={edge.key} data-key={edge.key}
            class={`edge${edge.linked ? " linked" : ""}${chosen === edge.key ? " chosen" : ""}${dim ? " dim" : ""}${bad ? " bad" : ""}`}>
            <path class="hit" d={path.d} />
            <path class="line" d={path.d} stroke-width={width} marker-end="url(#arrow)" />
            <text class="edge-label" x={path.x} y={path.y - 5}>
              {duration(edge.average)} · {compact(edge.perMinute)}/min
            </text>
          </g>
        );
      })}
    </g>
  );
});

/** A line that is level wherever it passes a point. */
function through(way: readonly Point[]): string {
  let { x, y } = way[0]!;
  let d = `M${x} ${y}`;
  for (const next of way.slice(1)) {
    const bend = Math.max(24, (next.x - x) / 2);
    d += `C${x + bend} ${y} ${next.x - bend} ${next.y} ${next.x} ${next.y}`;
    ({ x, y } = next);
  }
  return d;
}

function curve(edge: MapEdge, positions: Positions, radius: ReadonlyMap<string, number>) {
  const from = positions.at.get(edge.from);
  const to = positions.at.get(edge.to);
  if (!from || !to) return null;
  const gap = (radius.get(edge.from) ?? RADIUS) + 4;
  const stop = (radius.get(edge.to) ?? RADIUS) + 5;
  if (edge.from === edge.to) {
    const { x, y } = from;
    return { d: `M${x - 14} ${y - gap + 6}C${x - 40} ${y - gap - 44} ${x + 40} ${y - gap - 44} ${x + 14} ${y - stop + 4}`, x, y: y - gap - 34 };
  }
  if (to.x > from.x + 10) {
    const way = [{ x: from.x + gap, y: from.y }, ...(positions.bends.get(edge.key) ?? []),
                 { x: to.x - stop, y: to.y }];
    const [a, b] = [way[0]!, way[1]!];
    return { d: through(way), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  }
  // A call backwards goes around below.
  const low = Math.max(from.y, to.y) + gap + 46;
  return {
    d: `M${from.x} ${from.y + gap}C${from.x} ${low} ${to.x} ${low} ${to.x} ${to.y + stop}`,
    x: (from.x + to.x) / 2, y: low - 14,
  };
}
