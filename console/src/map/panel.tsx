/** What is known about a node or an edge: its distribution, outcomes, and the way on
 * to its traces. A node shows the service's own view, an edge the caller's. */

import type { ComponentChildren } from "preact";
import { timeSeries } from "../lib/api";
import { edgeSelector, panelCondition, serviceSelector } from "../lib/filter";
import { useQuery } from "../lib/query";
import { group, href, param, setParams, span } from "../lib/router";
import { counts, OUTCOME, OUTCOMES, type Outcome } from "../lib/stats";
import { compact, duration, formatRange, percent } from "../lib/time";
import { formatSelection, Histogram, parseSelection, type Layer } from "../ui/histogram";
import { Icon, kindIcon } from "../ui/icons";
import { CopyButton, OutcomeMark } from "../ui/parts";
import { Series } from "../ui/series";
import type { Graph, MapEdge, MapNode, Measured } from "./graph";
import type { Chosen } from "./view";

interface PanelProps {
  graph: Graph;
  before: Graph | null;
  chosen: Chosen;
  onChoose: (chosen: Chosen | null) => void;
  onFocus: (key: string) => void;
}

export function Panel({ graph, before, chosen, onChoose, onFocus }: PanelProps) {
  const edge = chosen.kind === "edge" ? graph.edges.get(chosen.key) : undefined;
  const node = chosen.kind === "node" ? graph.nodes.get(chosen.key) : undefined;
  const measured: Measured | undefined = edge ?? node;
  if (!measured)
    return (
      <Frame title="No traffic" onClose={() => onChoose(null)}>
        <p class="muted">It had no requests in this period.</p>
      </Frame>
    );
  const from = edge && graph.nodes.get(edge.from)!;
  const to = edge && graph.nodes.get(edge.to)!;
  const selector = edge ? edgeSelector(asService(from!), asService(to!)) : nodeSelector(graph, node!);
  const old = edge ? before?.edges.get(edge.key) : before?.nodes.get(chosen.key);
  return (
    <Frame title={edge ? `${from!.name} → ${to!.name}` : node!.name} onClose={() => onChoose(null)}
      icon={node ? kindIcon(node.type) : "right"}>
      <p class="muted">
        {edge ? "Calls as the caller sees them, network included" : node!.type || "Service"}
        {node?.account && ` · account ${node.account}`}
        {node?.state === "unknown" && node.type !== "client" && " · seen by its callers only"}
      </p>
      <Numbers measured={measured} before={old ?? null} />
      <Drill key={chosen.key} measured={measured} before={old ?? null} selector={selector}
        edge={edge ?? null} />
      <OverTime selector={selector} />
      {node && <Neighbours {...{ graph, node, onChoose }} />}
      {node && (
        <div class="actions">
          <button type="button" onClick={() => onFocus(node.key)}><Icon name="focus" /> Focus on its neighbours</button>
          <CopyButton text={() => selector} label="Copy expression" />
        </div>
      )}
    </Frame>
  );
}

/** A client's requests are its edge's. */
function nodeSelector(graph: Graph, node: MapNode): string {
  const edge = node.type === "client"
    ? [...graph.edges.values()].find(({ from }) => from === node.key) : undefined;
  const to = edge && graph.nodes.get(edge.to);
  return serviceSelector(asService(to ?? node));
}

const asService = (node: MapNode) => ({ Name: node.name, Type: node.type || null });

function Frame({ title, icon, onClose, children }: {
  title: string; icon?: string; onClose: () => void; children: ComponentChildren;
}) {
  return (
    <aside class="panel" aria-label={`Details of ${title}`}>
      <header>
        {icon && <Icon name={icon} size={18} />}
        <h2>{title}</h2>
        <button type="button" class="quiet" aria-label="Close details" onClick={onClose}><Icon name="close" /></button>
      </header>
      {children}
    </aside>
  );
}

function Numbers({ measured, before }: { measured: Measured; before: Measured | null }) {
  const { counts: c } = measured;
  const cells: [string, string, string][] = [
    ["Average", duration(measured.average), before ? duration(before.average) : ""],
    ["Requests", compact(c.total), before ? compact(before.counts.total) : ""],
    ["A minute", compact(measured.perMinute), before ? compact(before.perMinute) : ""],
    ["Faults", percent(c.fault, c.total), before ? percent(before.counts.fault, before.counts.total) : ""],
  ];
  return (
    <dl class="numbers">
      {cells.map(([name, value, old]) => (
        <div key={name}><dt>{name}</dt><dd>{value}{old && <small> was {old}</small>}</dd></div>
      ))}
    </dl>
  );
}

function Drill({ measured, before, selector, edge }: {
  measured: Measured; before: Measured | null; selector: string; edge: MapEdge | null;
}) {
  const chosen = new Set(OUTCOMES.filter((name) => param("status").split(",").includes(name)));
  const selection = parseSelection(param("rt"));
  const condition = panelCondition(chosen, selection);
  const expression = condition ? `${selector} { ${condition} }` : selector;
  // Links name the period in which there was traffic: the answer stays the same later.
  const timeRange = measured.start !== null && measured.end !== null && measured.end > measured.start
    ? formatRange({ start: measured.start, end: measured.end }) : formatRange(span.value);
  const params = { filter: expression, timeRange };
  const layers: Layer[] = [{ name: "now", tone: "", entries: edge?.linked ? edge.ages : measured.entries }];
  if (before?.entries.length) layers.push({ name: "before", tone: "before", entries: before.entries });
  const toggle = (name: Outcome) => {
    if (!chosen.delete(name)) chosen.add(name);
    setParams({ status: [...chosen].join(",") }, true);
  };
  return (
    <section aria-label="Narrow down">
      <Histogram label={edge?.linked ? "Age of received events" : "Response time distribution"}
        layers={layers} selection={selection} zoomable
        onSelect={(to) => setParams({ rt: to && formatSelection(to) }, true)} />
      <fieldset class="outcomes">
        <legend>Response status</legend>
        {OUTCOMES.map((name) => (
          <label key={name}>
            <input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} />
            <OutcomeMark outcome={name} />
            <span class="number">{percent(measured.counts[name], measured.counts.total)}</span>
            <span class="visually-hidden">{OUTCOME[name].means}</span>
          </label>
        ))}
      </fieldset>
      <div class="actions">
        <a class="button primary" href={href("traces", params)}>View traces</a>
        <a class="button" href={href("analytics", params)}>Analyze traces</a>
      </div>
      <code class="preview">{expression}</code>
    </section>
  );
}

const PERIODS_MOST = 90;

function OverTime({ selector }: { selector: string }) {
  const { start, end } = span.value;
  const period = (end - start) / 60 > PERIODS_MOST ? 300 : 60;
  const { data } = useQuery([selector, start, end, group.value], (stop) =>
    timeSeries({ start, end: end + period }, group.value, selector, period, stop));
  if (!data?.length) return null;
  const buckets = data.map((row) => ({
    // A row is named by the end of its bucket.
    start: row.Timestamp - period,
    counts: counts(row.ServiceSummaryStatistics ?? row.EdgeSummaryStatistics),
  }));
  return <Series label="Requests received over time" span={{ start, end }} step={period} buckets={buckets} />;
}

function Neighbours({ graph, node, onChoose }: {
  graph: Graph; node: MapNode; onChoose: (chosen: Chosen) => void;
}) {
  const edges = [...graph.edges.values()];
  const lists: [string, MapEdge[], (edge: MapEdge) => string][] = [
    ["Called by", edges.filter((edge) => edge.to === node.key), (edge) => edge.from],
    ["Calls", edges.filter((edge) => edge.from === node.key), (edge) => edge.to],
  ];
  return (
    <>
      {lists.map(([title, list, other]) => list.length > 0 && (
        <section key={title} class="neighbours">
          <h3>{title}</h3>
          <ul>
            {list.map((edge) => (
              <li key={edge.key}>
                <button type="button" class="quiet" onClick={() => onChoose({ kind: "edge", key: edge.key })}>
                  {graph.nodes.get(other(edge))?.name}
                </button>
                <span class="number muted">{duration(edge.average)} · {compact(edge.perMinute)}/min</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
