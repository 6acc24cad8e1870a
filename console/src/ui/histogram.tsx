/** A distribution of times: share of requests by duration, with percentiles marked and
 * a range that can be dragged or set from the keyboard. */

import type { ComponentChildren } from "preact";
import { useId, useMemo, useRef, useState } from "preact/hooks";
import { bins, fitted, axis, percentile, ticks, total, type Axis, type Scale } from "../lib/stats";
import { useKeys } from "../lib/keys";
import { duration, percent } from "../lib/time";
import type { HistogramEntry } from "../lib/types";
import { Choice } from "./parts";

const WIDTH = 400;
const MARKS: readonly [string, number][] = [["p50", 0.5], ["p90", 0.9], ["p95", 0.95], ["p99", 0.99]];
export type Selection = readonly [number, number] | null;

/** A selection as links write it: `0.2~1.5`, in seconds. */
export const formatSelection = ([low, high]: readonly [number, number]) =>
  `${Number(low.toPrecision(6))}~${Number(high.toPrecision(6))}`;
export function parseSelection(text: string): Selection {
  const [low, high] = text.split("~").map(Number);
  return text && low !== undefined && high !== undefined && low <= high ? [low, high] : null;
}

export interface Layer {
  name: string;
  tone: string;
  entries: readonly HistogramEntry[];
}

interface Props {
  label: string;
  /** Sorted entries; further layers are drawn as outlines over the first. */
  layers: readonly Layer[];
  selection: Selection;
  onSelect: (selection: Selection) => void;
  height?: number;
  zoomable?: boolean;
  /** False where the selection is cleared elsewhere. */
  clearable?: boolean;
  /** Of what a selection's share is told; the first layer unless given. */
  whole?: readonly HistogramEntry[];
  children?: ComponentChildren;
}

export function Histogram({
  label, layers, selection, onSelect, height = 130, zoomable, clearable = true, whole, children,
}: Props) {
  const [scale, setScale] = useState<Scale>("log");
  const [zoom, setZoom] = useState<Selection>(null);
  const entries = layers[0]?.entries ?? [];
  const on = useMemo(() => zoom
    ? axis(zoom[0], zoom[1], scale)
    : fitted(layers.flatMap((l) => l.entries).sort((a, b) => a.Value - b.Value), scale),
    [layers, scale, zoom]);
  const marks = MARKS.map(([name, q]) => [name, percentile(entries, q)] as const);
  return (
    <figure class="histogram">
      <figcaption>
        <span>{label}</span>
        <Choice label="Scale of time" value={scale} onChange={setScale}
          options={[["log", "Log"], ["linear", "Linear"]]} />
      </figcaption>
      {entries.length === 0
        ? <p class="muted">No distribution recorded.</p>
        : <Plot {...{ label, layers, selection, onSelect, on, height, marks }} />}
      <div class="under">
        <span class="percentiles">
          {marks.map(([name, value]) => <span key={name}><b>{name}</b> {duration(value)}</span>)}
        </span>
        <SelectionTools {...{ selection, onSelect, entries: whole ?? entries, zoomable: zoomable ?? false, clearable, zoom, setZoom }} />
      </div>
      {children}
    </figure>
  );
}

function SelectionTools({ selection, onSelect, entries, zoomable, clearable, zoom, setZoom }: {
  selection: Selection; onSelect: (s: Selection) => void; entries: readonly HistogramEntry[];
  zoomable: boolean; clearable: boolean; zoom: Selection; setZoom: (s: Selection) => void;
}) {
  const inside = selection
    ? total(entries.filter((e) => e.Value >= selection[0] && e.Value <= selection[1])) : 0;
  return (
    <span class="tools">
      {selection && (
        <>
          <span role="status">
            {duration(selection[0])} – {duration(selection[1])}: {percent(inside, total(entries))}
          </span>
          {zoomable && <button type="button" class="quiet" onClick={() => setZoom(selection)}>Zoom</button>}
          {clearable && <button type="button" class="quiet" onClick={() => onSelect(null)}>Clear range</button>}
        </>
      )}
      {zoom && <button type="button" class="quiet" onClick={() => setZoom(null)}>Zoom out</button>}
    </span>
  );
}

const COUNT = 48;

function Plot({ label, layers, selection, onSelect, on, height, marks }: {
  label: string; layers: readonly Layer[]; selection: Selection;
  onSelect: (selection: Selection) => void; on: Axis; height: number;
  marks: readonly (readonly [string, number | null])[];
}) {
  const svg = useRef<SVGSVGElement>(null);
  const drag = useBrush(svg, on, onSelect);
  const shown = drag.range ?? selection;
  const shares = useMemo(() => layers.map((layer) => {
    const sum = total(layer.entries) || 1;
    return bins(layer.entries, on, COUNT).map((n) => n / sum);
  }), [layers, on]);
  const most = Math.max(...shares.flat(), 1e-9);
  const y = (share: number) => height - 18 - (share / most) * (height - 34);
  const x = (value: number) => Math.min(1, Math.max(0, on.at(value))) * WIDTH;
  const step = WIDTH / COUNT;
  return (
    <div class="plot">
      <svg ref={svg} viewBox={`0 0 ${WIDTH} ${height}`} preserveAspectRatio="none"
        height={height} role="img" aria-label={`${label}: share of requests by duration`}
        onPointerDown={drag.start} onDblClick={() => onSelect(null)}>
        <line class="grid" x1="0" x2={WIDTH} y1={y(most)} y2={y(most)} />
        {shares[0]?.map((share, i) => share > 0 && (
          <rect key={i} class={`bar ${layers[0]!.tone}`} x={i * step + 0.5} width={step - 1}
            y={y(share)} height={Math.max(1.5, height - 18 - y(share))} />
        ))}
        {shares.slice(1).map((line, index) => (
          <path key={index} class={`outline ${layers[index + 1]!.tone}`}
            d={line.map((share, i) => `${i ? "L" : "M"}${i * step} ${y(share)}H${(i + 1) * step}`).join("")} />
        ))}
        {marks.map(([name, value]) => value !== null && shows(on, value) && (
          <line key={name} class="percentile" x1={x(value)} x2={x(value)} y1="14" y2={height - 18} />
        ))}
        {shown && <rect class="brush" x={x(shown[0])} y="0" height={height - 18}
          width={Math.max(1, x(shown[1]) - x(shown[0]))} />}
        <line class="axis" x1="0" x2={WIDTH} y1={height - 18} y2={height - 18} />
      </svg>
      <div class="axis-labels" aria-hidden="true">
        {apart(ticks(on, 6).map((value) => [value, on.at(value)] as const), 0.13).map(([value]) => (
          <span key={value} class={edgeOf(on.at(value))} style={{ left: `${on.at(value) * 100}%` }}>{duration(value)}</span>
        ))}
      </div>
      <span class="y-most" aria-hidden="true">{percent(most, 1)}</span>
      <div class="mark-labels" aria-hidden="true">
        {apart(marks.flatMap(([name, value]) => (value === null || !shows(on, value) ? [] : [[name, on.at(value)] as const])), 0.08).map(([name, at]) => (
          <span key={name} style={{ left: `${Math.min(1, Math.max(0, at)) * 100}%` }}>{name}</span>
        ))}
      </div>
      <Handles on={on} selection={selection} onSelect={onSelect} said={duration}
        names={["Shortest duration selected", "Longest duration selected"]} />
    </div>
  );
}

const shows = (on: Axis, value: number) => on.at(value) >= 0 && on.at(value) <= 1;

/** A label at an end would stand half outside. */
const edgeOf = (at: number) => (at < 0.05 ? "edge" : at > 0.95 ? "end" : "");

/** Leaves out labels that would run into the one before. */
function apart<T>(labels: readonly (readonly [T, number])[], least: number): (readonly [T, number])[] {
  let last = -Infinity;
  return labels.filter(([, at]) => {
    if (at - last < least) return false;
    last = at;
    return true;
  });
}

const HANDLE_KEYS = [
  { keys: "ArrowLeft", does: "Move it down a little" }, { keys: "ArrowRight", does: "Move it up a little" },
  { keys: "PageDown", does: "Move it down a lot" }, { keys: "PageUp", does: "Move it up a lot" },
  { keys: "Escape", does: "Clear the range" },
] as const;

/** Two sliders over a plot: the keyboard's way to drag. */
export function Handles({ on, selection, onSelect, names, said }: {
  on: Axis; selection: Selection; onSelect: (selection: Selection) => void;
  names: readonly [string, string]; said: (value: number) => string;
}) {
  const id = useId();
  useKeys(HANDLE_KEYS, [], "At an end of a chart's range");
  const ends: [number, number] = selection
    ? [on.at(selection[0]), on.at(selection[1])] : [0, 1];
  const move = (which: 0 | 1) => (event: KeyboardEvent) => {
    const step = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02,
                   PageDown: -0.1, PageUp: 0.1 }[event.key];
    if (event.key === "Escape" && selection) { event.preventDefault(); onSelect(null); }
    if (!step) return;
    event.preventDefault();
    const next: [number, number] = [...ends];
    next[which] = Math.min(1, Math.max(0, next[which] + step));
    if (next[0] <= next[1]) onSelect([on.value(next[0]), on.value(next[1])]);
  };
  return (
    <>
      {names.map((name, which) => {
        const at = Math.min(1, Math.max(0, ends[which as 0 | 1]));
        return (
          <span key={name} id={`${id}-${which}`} class={`handle ${selection ? "set" : ""}`}
            role="slider" tabIndex={0} aria-label={name}
            aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(at * 100)}
            aria-valuetext={said(on.value(at))} style={{ left: `${at * 100}%` }}
            onKeyDown={move(which as 0 | 1)} />
        );
      })}
    </>
  );
}

/** Dragging over an element that shows `on` from left to right. */
export function useBrush(
  element: { current: Element | null }, on: Axis, onSelect: (selection: Selection) => void,
) {
  const [range, setRange] = useState<Selection>(null);
  const at = (event: PointerEvent) => {
    const box = element.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const start = (down: PointerEvent) => {
    if (down.button !== 0) return;
    down.preventDefault();
    const from = at(down);
    let to = from;
    const ends = (): [number, number] =>
      [on.value(Math.min(from, to)), on.value(Math.max(from, to))];
    const moved = (event: PointerEvent) => { to = at(event); setRange(ends()); };
    const up = () => {
      removeEventListener("pointermove", moved);
      removeEventListener("pointerup", up);
      setRange(null);
      if (Math.abs(to - from) > 0.01) onSelect(ends());
    };
    addEventListener("pointermove", moved);
    addEventListener("pointerup", up);
  };
  return { range, start };
}
