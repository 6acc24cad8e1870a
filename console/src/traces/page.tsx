/** Traces: ask by expression, look at the distribution, narrow down, open one. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { all, between, CHEATS, withinGroup } from "../lib/filter";
import { useKeys } from "../lib/keys";
import { history } from "../lib/prefs";
import { group, href, param, refresh, setParams, span } from "../lib/router";
import { tally } from "../lib/stats";
import { duration, formatRange, plain } from "../lib/time";
import { Heatmap, type Box } from "../ui/heatmap";
import { Histogram, type Layer, type Selection } from "../ui/histogram";
import { Icon } from "../ui/icons";
import { NoTraffic } from "../ui/no_result";
import { Dialog, Popover, Problem } from "../ui/parts";
import { CopyAs } from "./copy_as";
import { FilterEditor } from "./editor";
import { GroupTable, times } from "./group_table";
import { TraceList } from "./list";
import { Refiners } from "./refiners";
import { useResults, type Results } from "./results";
import { Tail } from "./tail";
import "../style/traces.css";

/** At first; a person may ask for more. */
const FIRST_MOST = 2000;

export function TracesPage() {
  const filter = param("filter");
  const asked = withinGroup(group.value, filter);
  const [most, setMost] = useState(FIRST_MOST);
  const [cheats, setCheats] = useState(false);
  const live = param("live") === "1";
  useEffect(() => setMost(FIRST_MOST), [filter]);
  const results = useResults(span.value, asked, most).value;
  const add = (term: string) => setParams({ filter: all(filter, term) });
  useKeys([
    { keys: "h", does: "Cheat sheet of expressions", run: () => setCheats(true) },
    { keys: "t", does: "Live tail on or off", run: () => setParams({ live: live ? null : "1" }) },
    { keys: "x", does: "Clear the expression", run: () => setParams({ filter: null }) },
  ], [live]);
  return (
    <div class="traces-page">
      <h1 class="visually-hidden">Traces</h1>
      <div class="query-bar">
        <FilterEditor value={filter} span={span.value} onRun={(to) => to === filter ? refresh() : setParams({ filter: to })} />
        <div class="actions">
          <HistoryMenu />
          <button type="button" onClick={() => setCheats(true)}>Examples</button>
          <button type="button" aria-pressed={live} onClick={() => setParams({ live: live ? null : "1" })}><Icon name="live" /> Live</button>
          <CopyAs span={span.value} filter={asked} />
        </div>
      </div>
      {live ? <Tail filter={asked} /> : (
        <>
          <Progress results={results} most={most} onMore={() => setMost(most * 5)} />
          {results.error && <Problem error={results.error} retry={refresh} />}
          {results.traces.length > 0 && <Found results={results} onAdd={add} />}
          {!results.loading && !results.error && results.traces.length === 0 && <NoTraffic what="traces" />}
        </>
      )}
      {cheats && <Cheats onClose={() => setCheats(false)} />}
    </div>
  );
}

function Progress({ results, most, onMore }: { results: Results; most: number; onMore: () => void }) {
  const { traces, scanned, covered, loading, capped, seconds } = results;
  return (
    <div class="progress">
      <progress value={covered} max={1} aria-label="Part of the period that has been scanned" class={loading ? "" : "done"} />
      <span role="status">
        {plain(traces.length)} matching of {plain(scanned)} scanned
        {loading ? ` · ${Math.floor(covered * 100)} % of the period` : ` · ${duration(seconds)}`}
      </span>
      {capped && !loading && (
        <span>
          The newest {plain(most)} are shown; more match.{" "}
          <button type="button" class="quiet" onClick={onMore}>Take up to {plain(most * 5)}</button>
        </span>
      )}
    </div>
  );
}

function Found({ results, onAdd }: { results: Results; onAdd: (term: string) => void }) {
  const { traces } = results;
  const [box, setBox] = useState<Box | null>(null);
  const [picked, setPicked] = useState<Selection>(null);
  const [refine, setRefine] = useState(() => matchMedia("(min-width: 1000px)").matches);
  const layers = useMemo((): Layer[] => [{ name: "traces", tone: "", entries: tally(times(traces)) }], [traces]);
  const inBox = useMemo(() => box && traces.filter((t) => inside(t, box)), [traces, box]);
  return (
    <div class={`found ${refine ? "refining" : ""}`}>
      {refine && <Refiners traces={traces} onAdd={onAdd} />}
      <div class="main">
        <div class="charts">
          <div class="card">
            <Histogram label="Response time distribution" layers={layers} selection={picked} height={150} onSelect={setPicked}>
              {picked && <button type="button" class="primary" onClick={() => { setPicked(null); onAdd(between("responsetime", picked)); }}>Add to query</button>}
            </Histogram>
          </div>
          <div class="card">
            <Heatmap traces={traces} span={span.value} box={box} onBox={setBox} />
            {box && inBox && <BoxActions box={box} count={inBox.length} onAdd={onAdd} onClear={() => setBox(null)} />}
          </div>
          <GroupTable traces={traces} onAdd={onAdd} />
        </div>
        <div class="list-bar">
          <h2>{plain((inBox ?? traces).length)} traces{inBox && " in the box"}</h2>
          <button type="button" aria-pressed={refine} onClick={() => setRefine(!refine)}>Refine</button>
        </div>
        <TraceList traces={inBox ?? traces} />
      </div>
    </div>
  );
}

function inside(trace: { StartTime: number; ResponseTime?: number | null }, box: Box): boolean {
  const spent = trace.ResponseTime;
  return spent !== null && spent !== undefined && spent >= box.low && spent <= box.high &&
    trace.StartTime >= box.from && trace.StartTime <= box.to;
}

function BoxActions({ box, count, onAdd, onClear }: {
  box: Box; count: number; onAdd: (term: string) => void; onClear: () => void;
}) {
  const selected = `${box.from}~${box.to}~${box.low}~${box.high}`;
  return (
    <div class="actions box-actions">
      <span role="status">{plain(count)} traces, {duration(box.low)} – {duration(box.high)}</span>
      <a class="button primary" href={href("analytics", { filter: param("filter"), box: selected,
        timeRange: formatRange(span.value) })}>What sets them apart?</a>
      <button type="button" onClick={() => onAdd(between("responsetime", [box.low, box.high]))}>Add to query</button>
      <button type="button" onClick={() => setParams({ timeRange: formatRange({ start: box.from, end: box.to }) })}>Zoom in time</button>
      <button type="button" class="quiet" onClick={onClear}>Clear</button>
    </div>
  );
}

function HistoryMenu() {
  return (
    <Popover label="History">
      {(close) => history.value.length === 0
        ? <p class="muted pad-s">Expressions you run are kept here.</p>
        : (
          <div class="menu mono-menu">
            {history.value.map((old) => (
              <button key={old} type="button" onClick={() => { setParams({ filter: old }); close(); }}>{old}</button>
            ))}
          </div>
        )}
    </Popover>
  );
}

function Cheats({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Filter expressions" onClose={onClose} wide>
      <p class="muted">Choose one to run it. Words without a service look at the trace's first segment only; put them in <code>service() {"{ }"}</code> to look everywhere.</p>
      <div class="cheats">
        {CHEATS.map(([label, expression]) => (
          <button key={expression} type="button" onClick={() => { setParams({ filter: expression }); onClose(); }}>
            <span>{label}</span><code>{expression}</code>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
