/** Analytics: a working set of traces, two filtered sets A and B of it side by side,
 * and what distinguishes a selection from the rest. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { dimensionsOf, tallyBy, type Dimension } from "../lib/dimensions";
import { between, all as allOf, not, withinGroup } from "../lib/filter";
import { group, param, refresh, setParams, span } from "../lib/router";
import { OUTCOME, OUTCOMES, tally } from "../lib/stats";
import { dateTime, duration, formatRange, percent, plain } from "../lib/time";
import type { TraceSummary } from "../lib/types";
import { FilterEditor } from "../traces/editor";
import { countOutcomes, GroupTable, times } from "../traces/group_table";
import { TraceList } from "../traces/list";
import { useResults } from "../traces/results";
import { inside, parseBox, type Box } from "../ui/heatmap";
import { Histogram, type Layer, type Selection } from "../ui/histogram";
import { Icon } from "../ui/icons";
import { NoTraffic } from "../ui/no_result";
import { Problem } from "../ui/parts";
import { Series, type Bucket } from "../ui/series";
import { Differences } from "./differences";
import { addTag, filtered, parseTags, tagParts, valueTag, type Tag } from "./sets";
import "../style/traces.css";
import "../style/analytics.css";

/** The working set; more than this and the tables stop being quick. */
const MOST = 5000;

export function AnalyticsPage() {
  const filter = param("filter");
  const { traces, loading, error, scanned, capped } =
    useResults(span.value, withinGroup(group.value, filter), MOST).value;
  return (
    <div class="analytics-page">
      <h1 class="visually-hidden">Analytics</h1>
      <div class="query-bar">
        <FilterEditor value={filter} span={span.value} onRun={(to) => to === filter ? refresh() : setParams({ filter: to })} />
      </div>
      {error && <Problem error={error} retry={refresh} />}
      {traces.length > 0
        ? <Sets {...{ traces, loading, scanned, capped }} />
        : !loading && !error && <NoTraffic what="traces" />}
    </div>
  );
}

interface Working {
  traces: TraceSummary[];
  loading: boolean;
  scanned: number;
  capped: boolean;
}

function Sets({ traces, loading, scanned, capped }: Working) {
  const dimensions = useMemo(() => dimensionsOf(traces), [traces]);
  const comparing = param("compare") === "1";
  const a = useSet(traces, dimensions, "a");
  const b = useSet(traces, dimensions, "b");
  const box = parseBox(param("box"));
  const active = comparing ? "b" : "a";
  const { tags } = comparing ? b : a;
  const add = (id: string) =>
    setParams({ [active]: addTag(tags.map((tag) => tag.id), id).join("\n") });
  const shown = comparing ? b.traces : a.traces;
  const inCharts = param("retrieved") !== "0";
  const asked = useRef(false);
  const groupBy = (dimension: string) => {
    asked.current = true;
    setParams({ by: dimension });
  };
  return (
    <div class="sets">
      <div class="tiles">
        <section class="tile all"><h2>Retrieved traces</h2><b>{plain(traces.length)}</b>{" "}
          <span class="muted">{loading ? "retrieving…" : `of ${plain(scanned)} scanned${capped ? "; the newest are taken" : ""}`}</span>
          <div class="actions">
            <button type="button" aria-pressed={inCharts} onClick={() => setParams({ retrieved: inCharts ? "0" : null }, true)}>Show in charts</button>
          </div>
        </section>
        <SetTile name="a" title="Filtered trace set A" set={a} whole={traces.length} active={active === "a"}>
          <button type="button" disabled={a.tags.length === 0} onClick={() => refine(a.tags, dimensions, traces)}>Refine</button>
          {!comparing && <button type="button" onClick={() => setParams({ compare: "1", b: param("a") || null })}>Compare</button>}
        </SetTile>
        {comparing && (
          <SetTile name="b" title="Filtered trace set B" set={b} whole={traces.length} active={active === "b"}>
            <button type="button" onClick={() => setParams({ compare: null, b: null })}>Remove B</button>
          </SetTile>
        )}
      </div>
      <Charts {...{ traces, a: a.traces, b: comparing ? b.traces : null, tags, inCharts, onTag: add }} />
      <Apart {...{ traces, a: a.traces, b: comparing ? b.traces : null, box, onTag: add, onGroup: groupBy }} />
      {param("by") && <Grouped traces={shown} dimensions={dimensions} name={active} asked={asked} onTag={add} />}
      <Tables {...{ dimensions, a: a.traces, b: comparing ? b.traces : null, onTag: add }} />
      <h2>{plain(shown.length)} traces in set {active.toUpperCase()}</h2>
      <TraceList traces={shown} />
    </div>
  );
}

interface TraceSet {
  tags: Tag[];
  traces: TraceSummary[];
}

function useSet(traces: TraceSummary[], dimensions: readonly Dimension[], name: "a" | "b"): TraceSet {
  const text = param(name);
  return useMemo(() => {
    const tags = parseTags(text, dimensions);
    return { tags, traces: filtered(traces, tags) };
  }, [traces, dimensions, text]);
}

/** Makes set A the new working set: its tags become part of the expression. */
function refine(tags: readonly Tag[], dimensions: readonly Dimension[], traces: readonly TraceSummary[]): void {
  let period: string | null = null;
  const terms = tags.flatMap(({ id }) => {
    const { leaveOut, kind, rest } = tagParts(id);
    const [low = 0, high = 0] = rest.split("~").map(Number);
    if (kind === "responseTime") return [between("responsetime", [low, high])];
    if (kind === "timerange") period = formatRange({ start: low, end: high });
    const dimension = dimensions.find((d) => d.id === kind);
    const term = dimension && tallyBy(traces, dimension).find((v) => v.text === rest)?.term;
    return term ? [leaveOut ? not(term) : term] : [];
  });
  setParams({
    filter: allOf(param("filter"), ...terms), a: null, b: null, compare: null, box: null,
    ...(period ? { timeRange: period } : {}),
  });
}

function SetTile({ name, title, set, whole, active, children }: {
  name: "a" | "b"; title: string; set: TraceSet; whole: number; active: boolean;
  children: ComponentChildren;
}) {
  const remove = (tag: Tag) =>
    setParams({ [name]: set.tags.filter((t) => t !== tag).map((t) => t.id).join("\n") || null });
  return (
    <section class={`tile ${name} ${active ? "active" : ""}`} aria-label={title}>
      <h2>{title}</h2>
      <b>{plain(set.traces.length)}</b> <span class="muted">{percent(set.traces.length, whole)} of retrieved</span>
      <div class="actions">
        {set.tags.length === 0 && <span class="muted">Drag over a chart or choose rows to filter.</span>}
        {set.tags.map((tag) => (
          <span key={tag.id} class="chip" title={tagText(tag)}>{tagText(tag)}
            <button type="button" class="quiet" aria-label={`Remove ${tagText(tag)}`} onClick={() => remove(tag)}><Icon name="close" size={10} /></button>
          </span>
        ))}
        {children}
      </div>
    </section>
  );
}

function tagText({ id, label }: Tag): string {
  const [low, high] = tagParts(id).rest.split("~").map(Number);
  if (label === "responseTime") return `responseTime ${duration(low)} – ${duration(high)}`;
  if (label === "timerange") return `timerange ${dateTime(low ?? 0)} – ${dateTime(high ?? 0)}`;
  return label;
}

const STEPS = 60;

/** The range that a set's tags hold for a chart. */
function rangeOf(tags: readonly Tag[], kind: string): Selection {
  const tag = tags.map(({ id }) => tagParts(id)).find((parts) => parts.kind === kind);
  const [low, high] = (tag?.rest ?? "").split("~").map(Number);
  return low !== undefined && high !== undefined ? [low, high] : null;
}

/** How many traces start in each of the steps. */
function perStep(traces: readonly TraceSummary[], start: number, step: number): number[] {
  const found = new Array<number>(STEPS).fill(0);
  for (const { StartTime } of traces) {
    const at = Math.max(0, Math.min(STEPS - 1, Math.floor((StartTime - start) / step)));
    found[at]!++;
  }
  return found;
}

function Charts({ traces, a, b, tags, inCharts, onTag }: {
  traces: TraceSummary[]; a: TraceSummary[]; b: TraceSummary[] | null; tags: readonly Tag[];
  inCharts: boolean; onTag: (id: string) => void;
}) {
  const retrieved = useMemo(() => tally(times(traces)), [traces]);
  const layers = useMemo((): Layer[] => [
    { name: "A", tone: "a", entries: tally(times(a)) },
    ...(b ? [{ name: "B", tone: "b", entries: tally(times(b)) }] : []),
    ...(inCharts && a.length < traces.length ? [{ name: "retrieved", tone: "before", entries: retrieved }] : []),
  ], [retrieved, a, b, inCharts]);
  const { start, end } = span.value;
  const step = (end - start) / STEPS;
  const buckets = useMemo((): Bucket[] => {
    const found = new Map<number, TraceSummary[]>();
    for (const trace of b ?? a) {
      const at = Math.floor((trace.StartTime - start) / step);
      found.set(at, [...(found.get(at) ?? []), trace]);
    }
    return [...found].map(([at, own]) => ({ start: start + at * step, counts: countOutcomes(own) }));
  }, [a, b, start, step]);
  const outline = useMemo(() => (b ? perStep(a, start, step) : undefined), [a, b, start, step]);
  return (
    <div class="two">
      <div class="card">
        <Histogram label="Response time distribution" layers={layers} selection={rangeOf(tags, "responseTime")} clearable={false} whole={retrieved}
          onSelect={(range) => { if (range) onTag(`responseTime:${range[0]}~${range[1]}`); }} />
        <p class="keys-line"><span class="key a" />A{b && <><span class="key b" />B</>}{layers.some((l) => l.name === "retrieved") && <><span class="key before" />retrieved</>}<span>· share of each set</span></p>
      </div>
      <div class="card">
        <Series label={`Time series activity of set ${b ? "B" : "A"}`} span={{ start, end }} step={step} buckets={buckets} height={140}
          outline={outline} selection={rangeOf(tags, "timerange")}
          onSelect={(range) => { if (range) onTag(`timerange:${range[0]}~${range[1]}`); }} />
        <p class="keys-line">
          {OUTCOMES.map((name) => <span key={name} class={`outcome ${name}`}><span class={`key fill ${name}`} />{OUTCOME[name].label}</span>)}
          {b && <><span class="key a-outline" />all of A</>}<span>· traces in each step</span>
        </p>
      </div>
    </div>
  );
}

/** The selection is, in this order: a box brought along from a heatmap, B against A,
 * A against all that was retrieved. */
function Apart({ traces, a, b, box, onTag, onGroup }: {
  traces: TraceSummary[]; a: TraceSummary[]; b: TraceSummary[] | null; box: Box | null;
  onTag: (id: string) => void; onGroup: (dimension: string) => void;
}) {
  const split = useMemo(() => {
    if (box) {
      return { title: `the selection (${duration(box.low)} – ${duration(box.high)})`, tone: "all",
               inside: traces.filter((t) => inside(t, box)), outside: traces.filter((t) => !inside(t, box)), other: "the rest" };
    }
    if (b) return { title: "set B", tone: "b", inside: b, outside: a, other: "set A" };
    const own = new Set(a);
    return { title: "set A", tone: "a", inside: a, outside: traces.filter((t) => !own.has(t)), other: "the rest" };
  }, [traces, a, b, box?.from, box?.to, box?.low, box?.high]);
  if (!split.inside.length || !split.outside.length)
    return (
      <section class="card">
        <h2>What sets a selection apart</h2>
        <p class="muted">Drag over a part of the distribution: every attribute is then compared inside and outside of it, and the ones that explain it come first.</p>
      </section>
    );
  return <Differences {...split} onTag={onTag} onGroup={onGroup} onClear={box ? () => setParams({ box: null }) : null} />;
}

/** The values of one attribute with their times and outcomes. */
function Grouped({ traces, dimensions, name, asked, onTag }: {
  traces: TraceSummary[]; dimensions: readonly Dimension[]; name: string;
  /** Whether it was asked for further up: it is then shown, and the keyboard goes on from it. */
  asked: { current: boolean }; onTag: (id: string) => void;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (asked.current) heading.current?.focus();
    asked.current = false;
  }, [param("by")]);
  const add = (term: string) => {
    const dimension = dimensions.find(({ id }) => id === param("by"));
    const value = dimension && tallyBy(traces, dimension).find((v) => v.term === term);
    if (dimension && value) onTag(valueTag(dimension, value.text));
  };
  return (
    <section class="grouped" aria-label={`Set ${name.toUpperCase()} by attribute`}>
      <header><h2 ref={heading} tabIndex={-1}>Set {name.toUpperCase()} grouped</h2>
        <button type="button" class="quiet" onClick={() => setParams({ by: null }, true)}>Close</button></header>
      <GroupTable traces={traces} onAdd={add} />
    </section>
  );
}

const TABLES = ["status", "url", "user", "cause.responsetime", "cause.error", "cause.fault", "message.fault"];
const ROWS_MOST = 12;

function Tables({ dimensions, a, b, onTag }: {
  dimensions: readonly Dimension[]; a: TraceSummary[]; b: TraceSummary[] | null; onTag: (id: string) => void;
}) {
  const chosen = dimensions.filter((d) => TABLES.includes(d.id) || d.id.startsWith("annotation."));
  return (
    <div class="tables">
      {chosen.map((dimension) => <Table key={dimension.id} {...{ dimension, a, b, onTag }} />)}
    </div>
  );
}

function Table({ dimension, a, b, onTag }: {
  dimension: Dimension; a: TraceSummary[]; b: TraceSummary[] | null; onTag: (id: string) => void;
}) {
  const rows = useMemo(() => {
    const inA = tallyBy(a, dimension);
    const inB = new Map((b ? tallyBy(b, dimension) : []).map((v) => [v.text, v.traces.length]));
    const extra = [...inB.keys()].filter((text) => !inA.some((v) => v.text === text));
    return [...inA.map((v) => ({ text: v.text, a: v.traces.length, b: inB.get(v.text) ?? 0 })),
            ...extra.map((text) => ({ text, a: 0, b: inB.get(text) ?? 0 }))];
  }, [a, b, dimension.id]);
  if (rows.length === 0) return null;
  return (
    <section class="card">
      <h2>{dimension.label}</h2>
      <div class="scroll-x">
        <table>
          <thead><tr>
            <th scope="col"><span class="visually-hidden">Value</span></th>
            <th scope="col" class="number">A</th><th scope="col" class="number">%</th>
            {b && <><th scope="col" class="number">B</th><th scope="col" class="number">%</th><th scope="col" class="number">Delta</th></>}
          </tr></thead>
          <tbody>
            {rows.slice(0, ROWS_MOST).map((row) => {
              const delta = b ? (100 * row.b) / (b.length || 1) - (100 * row.a) / (a.length || 1) : 0;
              return (
                <tr key={row.text}>
                  <td><button type="button" class="quiet value" title={row.text} onClick={() => onTag(valueTag(dimension, row.text))}>{row.text}</button></td>
                  <td class="number">{plain(row.a)}</td><td class="number">{percent(row.a, a.length)}</td>
                  {b && <><td class="number">{plain(row.b)}</td><td class="number">{percent(row.b, b.length)}</td>
                    <td class="number">{delta > 0 ? "+" : ""}{delta.toFixed(1)}</td></>}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {rows.length > ROWS_MOST && <p class="muted">{plain(rows.length - ROWS_MOST)} more</p>}
    </section>
  );
}
