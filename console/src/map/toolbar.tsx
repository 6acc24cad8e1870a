/** Over the map: search, find and hide by expression, sizes, comparison, replay. */

import { useEffect, useState } from "preact/hooks";
import { param, setParams, span } from "../lib/router";
import { Icon } from "../ui/icons";
import { Choice } from "../ui/parts";
import { Export } from "./export";
import type { Graph } from "./graph";

const MODES = [["", "Light up"], ["only", "Show only"], ["hide", "Hide"]] as const;

export function Toolbar({ graph, shown, replaying, onReplay, finding, found }: {
  graph: Graph; shown: Graph; replaying: boolean; onReplay: () => void; finding: boolean; found: number | null;
}) {
  const focused = param("focus") && graph.nodes.get(param("focus"));
  const toggle = (name: string, value: string) =>
    setParams({ [name]: param(name) === value ? null : value });
  return (
    <div class="toolbar" role="toolbar" aria-label="Map">
      <label class="search">
        <Icon name="search" />
        <input type="search" data-search placeholder="Find a service" aria-label="Find a service"
          value={param("search")} list="map-services"
          onInput={(e) => setParams({ search: e.currentTarget.value || null }, true)}
          onKeyDown={(e) => {
            const first = e.key === "Enter" && firstMatch(graph, e.currentTarget.value);
            if (first) setParams({ node: first, edge: null, status: null, rt: null });
          }} />
        <datalist id="map-services">
          {[...graph.nodes.values()].map((node) => <option key={node.key} value={node.name} />)}
        </datalist>
      </label>
      <FindByExpression finding={finding} found={found} />
      <span class="spread" />
      {focused && (
        <span class="chip">
          Focus: {focused.name}
          <select aria-label="How far around" value={param("hops") || "1"} onChange={(e) => setParams({ hops: e.currentTarget.value })}>
            {["1", "2", "3"].map((n) => <option key={n} value={n}>{n} step{n === "1" ? "" : "s"}</option>)}
          </select>
          <button type="button" class="quiet" aria-label="End focus" onClick={() => setParams({ focus: null, hops: null })}><Icon name="close" size={12} /></button>
        </span>
      )}
      <Choice label="In the nodes" value={param("labels")} onChange={(v) => setParams({ labels: v })}
        options={[["", "Metrics"], ["icons", "Icons"]]} />
      <label><span class="word">Size</span> <select value={param("size")} onChange={(e) => setParams({ size: e.currentTarget.value })}>
        <option value="">None</option><option value="health">Health</option><option value="traffic">Traffic</option>
      </select></label>
      <button type="button" aria-pressed={param("compare") === "1"} title="Compare with the period before (v)"
        onClick={() => toggle("compare", "1")}><Icon name="compare" /> <span class="word">Compare</span></button>
      <button type="button" aria-pressed={replaying} title="Replay the period (p)" onClick={onReplay}><Icon name="play" /> <span class="word">Replay</span></button>
      <button type="button" aria-pressed={param("view") === "table"} title="Table beside the picture (b)"
        onClick={() => toggle("view", "table")}><Icon name="table" /> <span class="word">Table</span></button>
      <Export graph={shown} span={span.value} />
    </div>
  );
}

/** What begins so comes before what only holds it. */
function firstMatch(graph: Graph, text: string): string | undefined {
  const sought = text.toLowerCase();
  const named = [...graph.nodes.values()].filter((node) => node.type !== "client");
  return (named.find((node) => node.name.toLowerCase().startsWith(sought)) ??
    named.find((node) => node.name.toLowerCase().includes(sought)))?.key;
}

function FindByExpression({ finding, found }: { finding: boolean; found: number | null }) {
  const [text, setText] = useState(param("find"));
  useEffect(() => setText(param("find")), [param("find")]);
  return (
    <form class="find" onSubmit={(e) => { e.preventDefault(); setParams({ find: text.trim() }); }}>
      <input class="mono" value={text} placeholder="Filter expression, e.g. fault" spellcheck={false}
        aria-label="Services of traces that match an expression" onInput={(e) => setText(e.currentTarget.value)} />
      <select aria-label="What to do with them" value={param("mode")} onChange={(e) => setParams({ mode: e.currentTarget.value })}>
        {MODES.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
      {param("find") && (
        <>
          <span class="muted" role="status">{finding ? "…" : found === null ? "" : `${found} services`}</span>
          <button type="button" class="quiet" aria-label="Clear the expression" onClick={() => setParams({ find: null, mode: null })}><Icon name="close" size={12} /></button>
        </>
      )}
    </form>
  );
}
