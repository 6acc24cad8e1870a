/** The map's table: the same nodes, sortable, for eyes and readers that want words. */

import { percentile } from "../lib/stats";
import { param, setParams } from "../lib/router";
import { compact, duration, percent } from "../lib/time";
import { Icon, kindIcon } from "../ui/icons";
import { OutcomeBar } from "../ui/parts";
import type { Graph, MapNode } from "./graph";
import type { Chosen } from "./view";

const COLUMNS: readonly [string, (node: MapNode) => number | string][] = [
  ["Name", (n) => n.name],
  ["Type", (n) => n.type],
  ["Requests", (n) => n.counts.total],
  ["t/min", (n) => n.perMinute],
  ["Average", (n) => n.average ?? -1],
  ["p95", (n) => percentile(n.entries, 0.95) ?? -1],
  ["Errors", (n) => (n.counts.error + n.counts.throttle) / (n.counts.total || 1)],
  ["Faults", (n) => n.counts.fault / (n.counts.total || 1)],
];

export function MapTable({ graph, chosen, onChoose }: {
  graph: Graph; chosen: Chosen | null; onChoose: (chosen: Chosen) => void;
}) {
  const [name, direction] = (param("sort") || "Faults.down").split(".");
  const column = Math.max(0, COLUMNS.findIndex(([known]) => known === name));
  const down = direction === "down";
  const setOrder = (to: number, falling: boolean) =>
    setParams({ sort: `${COLUMNS[to]![0]}.${falling ? "down" : "up"}` }, true);
  const value = COLUMNS[column]![1];
  const rows = [...graph.nodes.values()].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return (x < y ? -1 : x > y ? 1 : a.name < b.name ? -1 : 1) * (down ? -1 : 1);
  });
  return (
    <div class="map-table scroll-x" role="region" aria-label="Services as a table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {COLUMNS.map(([name], i) => (
              <th key={name} class={i > 1 ? "number" : ""} scope="col"
                aria-sort={i === column ? (down ? "descending" : "ascending") : undefined}>
                <button type="button" onClick={() => setOrder(i, i === column ? !down : i > 1)}>
                  {name}{i === column ? (down ? " ↓" : " ↑") : ""}
                </button>
              </th>
            ))}
            <th scope="col">Outcomes</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((node) => (
            <tr key={node.key} class={chosen?.key === node.key ? "chosen" : ""}>
              <td><button type="button" class="quiet" title={node.name}
                onClick={() => onChoose({ kind: "node", key: node.key })}><Icon name={kindIcon(node.type)} /> {node.name}</button></td>
              <td class="muted" title={node.type}>{node.type || "service"}</td>
              <td class="number">{compact(node.counts.total)}</td>
              <td class="number">{compact(node.perMinute)}</td>
              <td class="number">{duration(node.average)}</td>
              <td class="number">{duration(percentile(node.entries, 0.95))}</td>
              <td class="number">{percent(node.counts.error + node.counts.throttle, node.counts.total)}</td>
              <td class="number">{percent(node.counts.fault, node.counts.total)}</td>
              <td><OutcomeBar counts={node.counts} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
