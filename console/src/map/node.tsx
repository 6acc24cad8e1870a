/** One node: a ring split by outcome, latency and rate inside, name and type below. */

import { memo } from "../lib/memo";
import { OUTCOME, OUTCOMES, type Outcome } from "../lib/stats";
import { compact, duration, percent } from "../lib/time";
import { iconPath, kindIcon } from "../ui/icons";
import type { MapNode } from "./graph";

export interface Change {
  /** Mean latency and fault share compared with the period before. */
  latency: number | null;
  faults: number;
  fresh: boolean;
  gone: boolean;
}
export interface NodeProps {
  node: MapNode;
  x: number;
  y: number;
  radius: number;
  icons: boolean;
  chosen: boolean;
  dim: boolean;
  tabStop: boolean;
  change: Change | null;
}

export function describe(node: MapNode): string {
  const parts = [node.name, node.type || "service"];
  if (node.counts.total) {
    parts.push(`average ${duration(node.average)}`, `${compact(node.perMinute)} traces a minute`);
    for (const name of OUTCOMES)
      if (name !== "ok" && node.counts[name])
        parts.push(`${OUTCOME[name].label} ${percent(node.counts[name], node.counts.total)}`);
  }
  return parts.join(", ");
}

export const NodeView = memo(function NodeView(props: NodeProps) {
  const { node, x, y, radius, icons, chosen, dim, tabStop, change } = props;
  const worst = worstOf(node);
  return (
    <g class={`node${chosen ? " chosen" : ""}${dim ? " dim" : ""}`} data-key={node.key}
      transform={`translate(${x} ${y})`} role="button" tabindex={tabStop ? 0 : -1}
      aria-pressed={chosen}>
      <title>{describe(node)}</title>
      <g aria-hidden="true">
        <circle class="halo" r={radius + 8} />
        <circle class="face" r={radius} />
        <Ring node={node} radius={radius} />
        {icons || !node.counts.total
          ? <path class="kind" d={iconPath(kindIcon(node.type))} transform="translate(-16 -16) scale(2)" />
          : <Metrics node={node} scale={Math.min(1, radius / ROOMY)} />}
        {worst && (
          <g class={`flag ${worst}`} transform={`translate(${radius * 0.8} ${-radius * 0.84})`}>
            <g class="flag-body">
              <rect x="-27" y="-8" width="54" height="16" rx="8" />
              <text class="flag-text" y="3.5">{OUTCOME[worst].mark} {percent(node.counts[worst], node.counts.total)}</text>
            </g>
          </g>
        )}
        <text class="name" y={radius + 16}>{cut(node.name, 22)}</text>
        {change
          ? <ChangeText change={change} y={radius + 31} />
          : <text class="type" y={radius + 30}>{cut(node.type || "service", 26)}</text>}
      </g>
    </g>
  );
});

function Ring({ node, radius }: { node: MapNode; radius: number }) {
  const { counts } = node;
  if (!counts.total) return <circle class="ring none" r={radius} />;
  let from = 0;
  return (
    <g transform="rotate(-90)">
      {OUTCOMES.map((name) => {
        const share = (100 * counts[name]) / counts.total;
        const start = from;
        from += share;
        return share > 0 && (
          <circle key={name} class={`ring ${name}`} r={radius} pathLength={100}
            stroke-dasharray={share >= 99.9 ? undefined : `${share} ${100 - share}`}
            stroke-dashoffset={-start} />
        );
      })}
    </g>
  );
}

/** From this radius on the numbers fit into the ring as they are. */
const ROOMY = 36;

function Metrics({ node, scale }: { node: MapNode; scale: number }) {
  return (
    <g transform={scale < 1 ? `scale(${scale})` : undefined}>
      <text class="latency" y="-1">{duration(node.average)}</text>
      <text class="rate" y="13">{compact(node.perMinute)} t/min</text>
    </g>
  );
}

function ChangeText({ change, y }: { change: Change; y: number }) {
  if (change.gone) return <text class="change worse" y={y}>gone</text>;
  if (change.fresh) return <text class="change" y={y}>new</text>;
  const parts: string[] = [];
  if (change.latency !== null && Math.abs(change.latency) >= 0.01)
    parts.push(`${change.latency > 0 ? "▲" : "▼"} ${percent(Math.abs(change.latency), 1)}`);
  if (Math.abs(change.faults) >= 0.001)
    parts.push(`✕ ${change.faults > 0 ? "+" : "−"}${percent(Math.abs(change.faults), 1)}`);
  const worse = (change.latency ?? 0) > 0.1 || change.faults > 0.001;
  return <text class={`change ${worse ? "worse" : ""}`} y={y}>{parts.join("  ") || "same"}</text>;
}

/** The worst outcome a node had, if any was not OK. */
export function worstOf(node: MapNode): Outcome | null {
  for (const name of ["fault", "throttle", "error"] as const)
    if (node.counts[name]) return name;
  return null;
}

const cut = (text: string, most: number) =>
  text.length <= most ? text : `${text.slice(0, most - 9)}…${text.slice(-8)}`;
