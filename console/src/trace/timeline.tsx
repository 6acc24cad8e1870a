/** The timeline: a tree of rows on one axis of time, an ARIA treegrid of any length. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../lib/keys";
import { axis, ticks, type Axis } from "../lib/stats";
import { duration } from "../lib/time";
import { Icon, kindIcon } from "../ui/icons";
import { reveal, useInSight } from "../ui/virtual";
import { memo } from "../lib/memo";
import { kindOf, type Entity, type Interval, type TraceTree } from "./model";
import { Outcome } from "./outcome";
import type { Row } from "./rows";

export const ROW = 26;

export interface TimelineProps {
  tree: TraceTree;
  rows: readonly Row[];
  window: Interval;
  chosen: string;
  critical: ReadonlyMap<string, Interval[]> | null;
  matches: ReadonlySet<Entity> | null;
  onChoose: (id: string) => void;
  onToggle: (key: string) => void;
}

export function Timeline(props: TimelineProps) {
  const { rows, window, chosen, onChoose, onToggle } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { first, last } = useInSight(scroller, rows.length, ROW);
  const index = useMemo(() => new Map(rows.map((row, i) => [row.key, i])), [rows]);
  const [active, setActive] = useState("");
  const at = index.get(active) ?? index.get(chosen) ?? 0;
  const on = useMemo(() => axis(window[0], window[1], "linear"), [window[0], window[1]]);
  useEffect(() => {
    if (index.has(chosen)) setActive(chosen);
  }, [chosen]);
  useKeptInSight(scroller, index.get(chosen));
  const move = (to: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    setActive(row.key);
    const next = index.get(row.key)!;
    reveal(scroller.current, next, ROW);
    const focus = () => {
      const element = scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`);
      element?.focus({ preventScroll: true });
      return !!element;
    };
    // A row far away is drawn once the scrolling is seen.
    if (!focus()) requestAnimationFrame(focus);
  };
  const step = (by: number) => move(scroller.current?.contains(document.activeElement) ? at + by : at);
  useKeys([
    ...([["f", 1, "Next row"], ["b", -1, "Previous row"], ["j", 1, "Next row"], ["k", -1, "Previous row"],
      ["s", PAGE, "A page down"], ["w", -PAGE, "A page up"]] as const)
      .map(([keys, by, does]) => ({ keys, does, run: () => step(by) })),
    ...TREE_KEYS,
  ], [rows, at], "In the timeline");
  const keyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const handled = treeKey(event.key, row, at, rows, { move, onToggle, onChoose });
    if (handled) event.preventDefault();
  };
  const pick = (event: MouseEvent) => {
    const target = event.target as Element;
    const row = rows[Number(target.closest<HTMLElement>("[data-row]")?.dataset["row"] ?? -1)];
    if (!row) return;
    setActive(row.key);
    if (target.closest(".twist") && row.expandable) onToggle(row.key);
    else if (row.heading) onToggle(row.key);
    else onChoose(row.entity.id);
  };
  return (
    <div class="timeline" role="treegrid" aria-label="Segments timeline" aria-rowcount={rows.length + 1}>
      <div class="scroller" ref={scroller} onKeyDown={keyDown} onClick={pick}>
        <Head on={on} origin={props.tree.start} />
        <div role="rowgroup" class="rows" style={{ height: `${rows.length * ROW}px` }}>
          {rows.slice(first, last).map((row, i) => (
            <RowView key={row.key} row={row} at={first + i} on={on} active={first + i === at}
              chosen={!row.heading && row.entity.id === chosen}
              matched={props.matches?.has(row.entity) ?? false}
              critical={props.critical?.get(row.entity.id) ?? null} traceEnd={props.tree.end} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Shows a row, and goes on showing it while the map and the linked traces above come in
 * and take their room, until somebody scrolls. */
function useKeptInSight(scroller: { current: HTMLDivElement | null }, row: number | undefined): void {
  useEffect(() => {
    const element = scroller.current;
    if (!element || row === undefined) return undefined;
    let left = -1;
    const show = () => {
      if (left >= 0 && element.scrollTop !== left) return;
      reveal(element, row, ROW);
      left = element.scrollTop;
    };
    show();
    const observer = new ResizeObserver(show);
    observer.observe(element);
    return () => observer.disconnect();
  }, [row]);
}

/** How many rows a page is for the keyboard. */
const PAGE = 20;

const TREE_KEYS = [
  { keys: "ArrowUp", does: "Row above" }, { keys: "ArrowDown", does: "Row below" },
  { keys: "ArrowRight", does: "Open, then to its first child" },
  { keys: "ArrowLeft", does: "Close, then to its parent" },
  { keys: "Home", does: "First row" }, { keys: "End", does: "Last row" },
  { keys: "Enter", does: "Show the details" },
] as const;

/** The treegrid pattern's keys; true when the key meant something. */
function treeKey(
  key: string, row: Row, at: number, rows: readonly Row[],
  does: { move: (to: number) => void; onToggle: (key: string) => void; onChoose: (id: string) => void },
): boolean {
  const parent = () => {
    for (let i = at - 1; i >= 0; i--) if (rows[i]!.level < row.level) return i;
    return at;
  };
  switch (key) {
    case "ArrowDown": case "j": does.move(at + 1); return true;
    case "ArrowUp": case "k": does.move(at - 1); return true;
    case "PageDown": does.move(at + PAGE); return true;
    case "PageUp": does.move(at - PAGE); return true;
    case "Home": does.move(0); return true;
    case "End": does.move(rows.length - 1); return true;
    case "ArrowRight":
      if (row.expandable && !row.expanded) does.onToggle(row.key);
      else if (row.expanded) does.move(at + 1);
      return true;
    case "ArrowLeft":
      if (row.expanded) does.onToggle(row.key);
      else does.move(parent());
      return true;
    case "Enter": case " ":
      if (row.heading) does.onToggle(row.key);
      else does.onChoose(row.entity.id);
      return true;
    default: return false;
  }
}

/** A label that begins beyond this share of the axis would be cut off. */
const LABEL_LAST = 0.93;

function Head({ on, origin }: { on: Axis; origin: number }) {
  const marks = ticks(axis(on.low - origin, on.high - origin, "linear"), 5)
    .filter((mark) => on.at(mark + origin) < LABEL_LAST);
  return (
    <div role="rowgroup" class="head">
      <div role="row" class="row">
        <span role="columnheader">Name</span>
        <span role="columnheader" class="number code">Res.</span>
        <span role="columnheader" class="number">Duration</span>
        <span role="columnheader" class="state">Status</span>
        <span role="columnheader" class="axis"><span class="visually-hidden">Time</span>
          {marks.map((mark) => (
            <i key={mark} style={{ left: `${on.at(mark + origin) * 100}%` }}>{duration(mark)}</i>
          ))}
        </span>
      </div>
    </div>
  );
}

interface RowProps {
  row: Row;
  at: number;
  on: Axis;
  active: boolean;
  chosen: boolean;
  matched: boolean;
  critical: readonly Interval[] | null;
  traceEnd: number;
}

const RowView = memo(function RowView(props: RowProps) {
  const { row, at, active, chosen, matched } = props;
  const { entity, heading } = row;
  const kind = heading ? heading.origin : kindOf(entity);
  const pending = entity.end === null;
  const shown = heading ? "heading" : entity.isSegment ? "segment" : "sub";
  return (
    <div role="row" class={`row ${shown} ${entity.outcome}${chosen ? " chosen" : ""}${matched ? " matched" : ""}`}
      data-row={at} data-id={entity.id} tabIndex={active ? 0 : -1}
      style={{ transform: `translateY(${at * ROW}px)` }}
      aria-rowindex={at + 2} aria-level={row.level} aria-posinset={row.position} aria-setsize={row.siblings}
      aria-expanded={row.expandable ? row.expanded : undefined} aria-selected={chosen}>
      <span role="gridcell" class="name" style={{ paddingLeft: `${(row.level - 1) * 14}px` }}>
        <span class={`twist ${row.expandable ? "" : "leaf"}`} aria-hidden="true">
          {row.expandable && <Icon name={row.expanded ? "down" : "right"} size={12} />}
        </span>
        {(heading || entity.isSegment || entity.inferred) && <Icon name={kindIcon(kind || (entity.inferred ? "remote" : ""))} size={14} />}
        <b title={entity.name}>{entity.name}</b>
        {kind && kind !== "remote" && kind !== "local" && <small>{kind}</small>}
        {heading && heading.count > 1 && <small>{heading.count} segments</small>}
        {!heading && !!entity.document.links?.length && (
          <small class="links" title="Links to another trace"><Icon name="link" size={12} /> {entity.document.links.length}</small>
        )}
        {!heading && entity.orphan && <small class="warn" title="The document it names as its parent has not arrived">parent missing</small>}
      </span>
      <span role="gridcell" class="number code">{heading ? "" : entity.status ?? ""}</span>
      <span role="gridcell" class="number">{heading ? "" : pending ? "" : duration(entity.end! - entity.start)}</span>
      <span role="gridcell" class="state">{!heading && <Outcome entity={entity} />}</span>
      <span role="gridcell" class="track" aria-hidden={!!heading}>{!heading && <Bar {...props} />}</span>
    </div>
  );
});

function Bar({ row: { entity }, on, critical, traceEnd }: RowProps) {
  const end = entity.end ?? traceEnd;
  const from = Math.max(0, on.at(entity.start));
  const to = Math.min(1, on.at(end));
  if (to < 0 || from > 1) return null;
  const width = Math.max(0, to - from);
  const said = `starts at ${duration(entity.start - on.low)}`;
  return (
    <>
      <i class={`bar ${entity.outcome}${entity.end === null ? " pending" : ""}`} title={said}
        style={{ left: `${from * 100}%`, width: `max(2px, ${width * 100}%)` }} />
      {critical?.map(([a, b]) => (
        <i key={a} class="critical" style={{
          left: `${Math.max(0, on.at(a)) * 100}%`,
          width: `max(1px, ${Math.max(0, Math.min(1, on.at(b)) - Math.max(0, on.at(a))) * 100}%)` }} />
      ))}
      {from < 0.86 && <em style={{ left: `${Math.min(to, 0.99) * 100}%` }} class={to > 0.86 ? "inside" : ""}>
        {entity.end === null ? "in progress" : duration(end - entity.start)}</em>}
    </>
  );
}
