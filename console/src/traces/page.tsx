/** Traces: ask by expression, look at the distribution, narrow down, open one. */

import { useMemo, useState } from "preact/hooks";
import { all, between, CHEATS, withinGroup } from "../lib/filter";
import { useKeys } from "../lib/keys";
import { history } from "../lib/prefs";
import { group, href, param, refresh, setParams, span } from "../lib/router";
import { tally } from "../lib/stats";
import { duration, formatRange, plain } from "../lib/time";
import { formatBox, Heatmap, inside, parseBox, type Box } from "../ui/heatmap";
import { formatSelection, Histogram, parseSelection, type Layer, type Selection } from "../ui/histogram";
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

/** What was selected among the answers to one expression ends with it. */
const NARROWED = { box: null, rt: null, most: null, at: null };

export function TracesPage() {
  const filter = param("filter");
  const asked = withinGroup(group.value, filter);
  const most = Number(param("most")) || FIRST_MOST;
  const [cheats, setCheats] = useState(false);
  const live = param("live") === "1";
  const results = useResults(span.value, asked, most).value;
  // The editor shows an error of the expression in its place.
  const unreadable = results.error?.message.startsWith("Error Location") ?? false;
  const ask = (to: string | null) => setParams({ filter: to, ...NARROWED });
  const add = (term: string) => ask(all(filter, term));
  useKeys([
    { keys: "h", does: "Cheat sheet of expressions", run: () => setCheats(true) },
    { keys: "t", does: "Live tail on or off", run: () => setParams({ live: live ? null : "1" }) },
    { keys: "x", does: "Clear the expression", run: () => ask(null) },
  ], [live]);
  return (
    <div class="traces-page">
      <h1 class="visually-hidden">Traces</h1>
      <div class="query-bar">
        <FilterEditor value={filter} span={span.value} onRun={(to) => to === filter ? refresh() : ask(to)} />
        <div class="actions">
          <HistoryMenu />
          <button type="button" onClick={() => setCheats(true)}>Examples</button>
          <button type="button" aria-pressed={live} onClick={() => setParams({ live: live ? null : "1" })}><Icon name="live" /> Live</button>
          <CopyAs span={span.value} filter={asked} />
        </div>
      </div>
      {live ? <Tail filter={asked} /> : (
        <>
          {!unreadable && <Progress results={results} most={most} onMore={() => setParams({ most: String(most * 5) }, true)} />}
          {unreadable && <div class="pad"><p class="notice"><span>The expression cannot be read; the field above says where.</span><button type="button" onClick={() => setCheats(true)}>Look at examples</button></p></div>}
          {results.error && !unreadable && <div class="pad"><Problem error={results.error} retry={refresh} /></div>}
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
  const box = useMemo(() => parseBox(param("box")), [param("box")]);
  const setBox = (to: Box | null) => setParams({ box: to && formatBox(to) }, true);
  const picked = parseSelection(param("rt"));
  const setPicked = (to: Selection) => setParams({ rt: to && formatSelection(to) }, true);
  const roomy = useMemo(() => matchMedia("(min-width: 1000px)").matches, []);
  const refine = param("refine") ? param("refine") === "1" : roomy;
  const layers = useMemo((): Layer[] => [{ name: "traces", tone: "", entries: tally(times(traces)) }], [traces]);
  const inBox = useMemo(() => box && traces.filter((t) => inside(t, box)), [traces, box]);
  return (
    <div class={`found ${refine ? "refining" : ""}`}>
      {refine && <Refiners traces={traces} onAdd={onAdd} />}
      <div class="main">
        <div class="charts">
          <div class="card">
            <Histogram label="Response time distribution" layers={layers} selection={picked} height={150} onSelect={setPicked}>
              {picked && <button type="button" class="primary" onClick={() => onAdd(between("responsetime", picked))}>Add to query</button>}
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
          <button type="button" aria-pressed={refine} onClick={() => setParams({ refine: refine ? "0" : "1" }, true)}>Refine</button>
        </div>
        <TraceList traces={inBox ?? traces} />
      </div>
    </div>
  );
}

function BoxActions({ box, count, onAdd, onClear }: {
  box: Box; count: number; onAdd: (term: string) => void; onClear: () => void;
}) {
  return (
    <div class="actions box-actions">
      <span role="status">{plain(count)} traces, {duration(box.low)} – {duration(box.high)}</span>
      <a class="button primary" href={href("analytics", { filter: param("filter"), box: formatBox(box),
        timeRange: formatRange(span.value) })}>What sets them apart?</a>
      <button type="button" onClick={() => onAdd(between("responsetime", [box.low, box.high]))}>Add to query</button>
      <button type="button" onClick={() => setParams({ timeRange: formatRange({ start: box.from, end: box.to }), box: null })}>Zoom in time</button>
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
              <button key={old} type="button" onClick={() => { setParams({ filter: old, ...NARROWED }); close(); }}>{old}</button>
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
          <button key={expression} type="button" onClick={() => { setParams({ filter: expression, ...NARROWED }); onClose(); }}>
            <span>{label}</span><code>{expression}</code>
          </button>
        ))}
      </div>
    </Dialog>
  );
}
