/** The list of traces: sortable, of any length, walked by keyboard. */

import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../lib/keys";
import { go, href, page, param, setParams } from "../lib/router";
import { OUTCOME, summaryOutcome } from "../lib/stats";
import { age, dateTime, duration } from "../lib/time";
import type { TraceSummary } from "../lib/types";
import { OutcomeMark } from "../ui/parts";
import { reveal, useInSight } from "../ui/virtual";

const ROW = 28;
const ROWS_ABOVE = 4;

interface Column {
  id: string;
  label: string;
  value: (trace: TraceSummary) => number | string;
  class?: string;
}
const COLUMNS: readonly Column[] = [
  { id: "status", label: "Outcome", value: (t) => ["ok", "error", "throttle", "fault"].indexOf(summaryOutcome(t)) },
  { id: "id", label: "ID", value: (t) => t.Id, class: "id" },
  { id: "start", label: "Age", value: (t) => -t.StartTime, class: "number" },
  { id: "method", label: "Method", value: (t) => t.Http?.HttpMethod ?? "", class: "method" },
  { id: "response", label: "Response", value: (t) => t.Http?.HttpStatus ?? 0, class: "number response" },
  { id: "time", label: "Response time", value: (t) => t.ResponseTime ?? -1, class: "number" },
  { id: "url", label: "URL", value: (t) => t.Http?.HttpURL ?? t.EntryPoint?.Name ?? "", class: "url" },
  { id: "client", label: "Client IP", value: (t) => t.Http?.ClientIp ?? "", class: "client" },
  { id: "annotations", label: "Annotations", value: (t) => Object.keys(t.Annotations ?? {}).length, class: "number annotations" },
];

export function TraceList({ traces }: { traces: readonly TraceSummary[] }) {
  const [column = "start", direction = "up"] = (param("sort") || "start.up").split(".");
  const rows = useMemo(() => sort(traces, column, direction === "down"), [traces, column, direction]);
  const longest = useMemo(
    () => traces.reduce((most, t) => Math.max(most, t.ResponseTime ?? 0), 0), [traces]);
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const opened = param("at");
  const { first, last } = useInSight(scroller, rows.length, ROW);
  // Kept in view while answers come in, until the person moves on.
  const sought = useRef(opened);
  const leave = () => { sought.current = ""; };
  useLayoutEffect(() => {
    const at = sought.current ? rows.findIndex(({ Id }) => Id === sought.current) : -1;
    if (at < 0) return;
    setActive(at);
    if (scroller.current) scroller.current.scrollTop = (at - ROWS_ABOVE) * ROW;
  }, [rows]);
  const move = (to: number) => {
    leave();
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    reveal(scroller.current, next, ROW);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus({ preventScroll: true }));
  };
  useKeys([
    { keys: "j", does: "Next trace", run: () => move(active + 1) },
    { keys: "k", does: "Previous trace", run: () => move(active - 1) },
    { keys: "Enter", does: "Open the trace", run: () => { const t = rows[active]; if (t) open(t.Id); } },
  ], [rows, active]);
  const keyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 20,
                 PageUp: active - 20, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  };
  const now = Date.now() / 1000;
  return (
    <div class="trace-list" role="grid" aria-label="Traces" aria-rowcount={rows.length + 1} aria-colcount={COLUMNS.length}>
      <div class="scroller" ref={scroller} onKeyDown={keyDown} onWheel={leave} onPointerDown={leave}>
        <div role="rowgroup" class="head">
          <div role="row" class="row">
            {COLUMNS.map(({ id, label, class: extra }) => (
              <span key={id} role="columnheader" class={extra}
                aria-sort={id === column ? (direction === "down" ? "descending" : "ascending") : undefined}>
                <button type="button" onClick={() => setParams({
                  sort: `${id}.${id === column && direction === "down" ? "up" : id === column ? "down" : FIRST[id] ?? "down"}` }, true)}>
                  {label}{id === column ? (direction === "down" ? " ↓" : " ↑") : ""}
                </button>
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" class="rows" style={{ height: `${rows.length * ROW}px` }}>
          {rows.slice(first, last).map((trace, i) => (
            <Row key={trace.Id} trace={trace} at={first + i} active={first + i === active}
              opened={trace.Id === opened} longest={longest} now={now} onFocus={() => setActive(first + i)} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Back leads to the row that was opened. */
function open(id: string): void {
  remember(id);
  go(`traces/${id}`);
}

function remember(id: string): void {
  if (page.value === "traces") setParams({ at: id }, true);
}

const FIRST: Record<string, string> = { start: "up", id: "up", url: "up" };

function sort(traces: readonly TraceSummary[], id: string, down: boolean): TraceSummary[] {
  const value = (COLUMNS.find((column) => column.id === id) ?? COLUMNS[2]!).value;
  const keyed = traces.map((trace) => [value(trace), trace] as const);
  keyed.sort(([a, x], [b, y]) =>
    (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1) || y.StartTime - x.StartTime || (x.Id < y.Id ? -1 : 1));
  return keyed.map(([, trace]) => trace);
}

/** A URL's path is what tells traces apart; its host stands back. */
function Place({ trace }: { trace: TraceSummary }) {
  const url = trace.Http?.HttpURL;
  if (!url) return <>{trace.EntryPoint?.Name ?? ""}</>;
  const [, host, path] = /^\w+:\/\/([^/]*)(.*)$/.exec(url) ?? [];
  return path ? <>{path} <small>{host}</small></> : <>{url}</>;
}

function Row({ trace, at, active, opened, longest, now, onFocus }: {
  trace: TraceSummary; at: number; active: boolean; opened: boolean; longest: number; now: number; onFocus: () => void;
}) {
  const outcome = summaryOutcome(trace);
  const annotations = Object.entries(trace.Annotations ?? {});
  const link = href(`traces/${trace.Id}`);
  return (
    <div role="row" class={`row ${outcome}`} aria-rowindex={at + 2} data-row={at} tabIndex={active ? 0 : -1}
      style={{ transform: `translateY(${at * ROW}px)` }} onFocus={onFocus}
      aria-current={opened || undefined}
      onClick={(event) => { if ((event.target as Element).closest("a")) remember(trace.Id); else open(trace.Id); }}>
      <span role="gridcell"><OutcomeMark outcome={outcome} text={trace.IsPartial ? `${OUTCOME[outcome].label}, partial` : OUTCOME[outcome].label} /></span>
      <span role="gridcell" class="id"><a href={link} tabIndex={-1}>{trace.Id}</a></span>
      <span role="gridcell" class="number" title={dateTime(trace.StartTime)}>{age(trace.StartTime, now)}</span>
      <span role="gridcell" class="method">{trace.Http?.HttpMethod ?? ""}</span>
      <span role="gridcell" class="number response">{trace.Http?.HttpStatus ?? ""}</span>
      <span role="gridcell" class="number time">
        <span class="mini" style={{ width: `${longest ? (100 * (trace.ResponseTime ?? 0)) / longest : 0}%` }} />
        <span>{trace.ResponseTime === null || trace.ResponseTime === undefined ? "pending" : duration(trace.ResponseTime)}</span>
      </span>
      <span role="gridcell" class="url" title={trace.Http?.HttpURL ?? ""}><Place trace={trace} /></span>
      <span role="gridcell" class="client">{trace.Http?.ClientIp ?? ""}</span>
      <span role="gridcell" class="number annotations" title={annotations.map(([key]) => key).join(", ")}>{annotations.length || ""}</span>
    </div>
  );
}
