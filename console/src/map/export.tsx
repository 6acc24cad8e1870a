/** The map as a file: the picture (SVG), or what it was drawn from (JSON, CSV). */

import { percentile } from "../lib/stats";
import { formatRange, type Span } from "../lib/time";
import { Icon } from "../ui/icons";
import { Popover } from "../ui/parts";
import type { Graph, Measured } from "./graph";

/** What a picture needs of the page's styles to look the same without them. */
const LOOK = [
  "display", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity",
  "paint-order", "font-family", "font-size", "font-weight", "text-anchor",
];

function picture(): string {
  const shown = document.querySelector<SVGSVGElement>(".map-page .stage > svg")!;
  const copy = shown.cloneNode(true) as SVGSVGElement;
  const from = [shown, ...shown.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of LOOK) to[i]!.setAttribute(name, style.getPropertyValue(name));
  });
  for (const hidden of copy.querySelectorAll("[display=none]")) hidden.remove();
  const back = document.createElementNS(copy.namespaceURI, "rect");
  const { x, y, width, height } = shown.viewBox.baseVal;
  for (const [name, value] of Object.entries({ x, y, width, height }))
    back.setAttribute(name, String(value));
  back.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  copy.prepend(back);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new XMLSerializer().serializeToString(copy);
}

const numbers = ({ counts, average, perMinute, entries }: Measured) => ({
  requests: counts.total, ok: counts.ok, errors: counts.error, throttles: counts.throttle,
  faults: counts.fault, averageSeconds: average, perMinute,
  p50Seconds: percentile(entries, 0.5), p95Seconds: percentile(entries, 0.95),
  p99Seconds: percentile(entries, 0.99),
});

function rows(graph: Graph) {
  const named = (key: string) => {
    const { name, type } = graph.nodes.get(key)!;
    return { name, type };
  };
  return {
    services: [...graph.nodes.values()].map((node) => ({ ...named(node.key), ...numbers(node) })),
    calls: [...graph.edges.values()].map((edge) =>
      ({ from: named(edge.from), to: named(edge.to), linked: edge.linked, ...numbers(edge) })),
  };
}

/** A cell that begins like a formula is kept from being one. */
const cell = (value: unknown) =>
  `"${String(value ?? "").replace(/^(?=[=+\-@])/, "'").replaceAll('"', '""')}"`;

function csv(graph: Graph): string {
  const { services } = rows(graph);
  return [Object.keys(services[0] ?? {}), ...services.map((row) => Object.values(row))]
    .map((line) => line.map(cell).join(",")).join("\r\n");
}

function save(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function Export({ graph, span }: { graph: Graph; span: Span }) {
  const name = `service-map-${new Date(span.end * 1000).toISOString().slice(0, 19).replaceAll(":", "")}`;
  const kinds: [string, () => void][] = [
    ["Picture (SVG)", () => save(`${name}.svg`, "image/svg+xml", picture())],
    ["Services and calls (JSON)", () => save(`${name}.json`, "application/json",
      JSON.stringify({ period: formatRange(span), ...rows(graph) }, null, 1))],
    ["Services (CSV)", () => save(`${name}.csv`, "text/csv", csv(graph))],
  ];
  return (
    <Popover align="right" label={<><Icon name="download" /> <span class="word">Export</span></>}>
      {(close) => (
        <div class="menu">
          {kinds.map(([label, run]) => (
            <button key={label} type="button" onClick={() => { run(); close(); }}>{label}</button>
          ))}
        </div>
      )}
    </Popover>
  );
}
