/** Response time against time as a field of cells, darker with more traces; a box can be
 * drawn over it with the pointer, or with the arrow keys and Shift. */

import { useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../lib/keys";
import { axis, summaryOutcome, type Axis } from "../lib/stats";
import { clockTime, duration, type Span } from "../lib/time";
import type { TraceSummary } from "../lib/types";

export interface Box {
  from: number;
  to: number;
  low: number;
  high: number;
}

/** A box as links write it: two moments, then two durations, in seconds. */
export const formatBox = ({ from, to, low, high }: Box) =>
  [from.toFixed(3), to.toFixed(3), low.toPrecision(6), high.toPrecision(6)].map(Number).join("~");
export function parseBox(text: string): Box | null {
  const [from, to, low, high] = text.split("~").map(Number);
  return from !== undefined && to !== undefined && low !== undefined && high !== undefined &&
    !Number.isNaN(from + to + low + high) ? { from, to, low, high } : null;
}

/** Whether a trace lies in a box. */
export function inside(trace: Pick<TraceSummary, "StartTime" | "ResponseTime">, box: Box): boolean {
  const spent = trace.ResponseTime;
  return spent !== null && spent !== undefined && spent >= box.low && spent <= box.high &&
    trace.StartTime >= box.from && trace.StartTime <= box.to;
}

const COLUMNS = 48;
const ROWS = 16;
const WIDTH = 480;
const HEIGHT = 144;

interface Cell {
  total: number;
  bad: number;
}

function useCells(traces: readonly TraceSummary[], x: Axis, y: Axis): Cell[] {
  return useMemo(() => {
    const cells = Array.from({ length: COLUMNS * ROWS }, () => ({ total: 0, bad: 0 }));
    for (const trace of traces) {
      if (trace.ResponseTime === null || trace.ResponseTime === undefined) continue;
      const column = Math.floor(x.at(trace.StartTime) * COLUMNS);
      const row = Math.floor(y.at(trace.ResponseTime) * ROWS);
      if (column < -1 || column > COLUMNS) continue;
      const cell = cells[clamp(row, ROWS) * COLUMNS + clamp(column, COLUMNS)]!;
      cell.total++;
      if (summaryOutcome(trace) !== "ok") cell.bad++;
    }
    return cells;
  }, [traces, x, y]);
}

const clamp = (index: number, count: number) => Math.max(0, Math.min(count - 1, index));

export function Heatmap({ traces, span, box, onBox }: {
  traces: readonly TraceSummary[]; span: Span; box: Box | null; onBox: (box: Box | null) => void;
}) {
  const spent = useMemo(() => traces.flatMap((t) => t.ResponseTime ? [t.ResponseTime] : []), [traces]);
  const x = useMemo(() => axis(span.start, span.end, "linear"), [span.start, span.end]);
  const y = useMemo(() => axis(
    spent.reduce((a, b) => Math.min(a, b), Infinity) / 1.2 || 0.001,
    spent.reduce((a, b) => Math.max(a, b), 0.002) * 1.2, "log"), [spent]);
  const cells = useCells(traces, x, y);
  const most = Math.max(1, ...cells.map((cell) => cell.total));
  const boxOf = (c1: number, r1: number, c2: number, r2: number): Box => ({
    from: x.value(c1 / COLUMNS), to: x.value(c2 / COLUMNS),
    low: y.value(r1 / ROWS), high: y.value(r2 / ROWS),
  });
  const { svg, cursor, drawn, keyDown, pointerDown } = useDrawing(boxOf, onBox);
  const shown = drawn ?? box;
  const w = WIDTH / COLUMNS;
  const h = HEIGHT / ROWS;
  return (
    <figure class="heatmap">
      <figcaption>Response time over time</figcaption>
      <div class="frame">
        <div class="ys" aria-hidden="true">
          {[0.04, 0.5, 0.96].map((at) => (
            <span key={at} style={{ top: `${(1 - at) * HEIGHT}px` }}>{duration(y.value(at))}</span>
          ))}
        </div>
        <svg ref={svg} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} height={HEIGHT} preserveAspectRatio="none" tabindex={0}
          role="application" onPointerDown={pointerDown} onKeyDown={keyDown} onDblClick={() => onBox(null)}
          aria-label="Heatmap of response times. Arrow keys move, Shift and arrow keys draw a box, Escape clears it.">
          {cells.map((cell, i) => cell.total > 0 && (
            <rect key={i} class={`cell${cell.bad * 2 > cell.total ? " bad" : ""}`}
              x={(i % COLUMNS) * w} y={HEIGHT - (Math.floor(i / COLUMNS) + 1) * h} width={w - 0.5} height={h - 0.5}
              opacity={0.22 + 0.78 * Math.sqrt(cell.total / most)} />
          ))}
          {shown && <rect class="brush" x={x.at(shown.from) * WIDTH} width={(x.at(shown.to) - x.at(shown.from)) * WIDTH}
            y={(1 - y.at(shown.high)) * HEIGHT} height={(y.at(shown.high) - y.at(shown.low)) * HEIGHT} />}
          {cursor && <rect class="cursor" x={cursor[0] * w} y={HEIGHT - (cursor[1] + 1) * h} width={w} height={h} />}
        </svg>
      </div>
      <div class="xs" aria-hidden="true"><span>{clockTime(span.start)}</span><span>{clockTime(span.end)}</span></div>
    </figure>
  );
}

type Corner = readonly [column: number, row: number];

const BOX_KEYS = [
  { keys: "ArrowLeft ArrowRight ArrowUp ArrowDown", does: "Move" },
  { keys: "Shift ArrowRight", does: "Draw a box, in any direction" }, { keys: "Escape", does: "Clear the box" },
] as const;

function useDrawing(
  boxOf: (c1: number, r1: number, c2: number, r2: number) => Box, onBox: (box: Box | null) => void,
) {
  const svg = useRef<SVGSVGElement>(null);
  useKeys(BOX_KEYS, [], "In the heatmap");
  const [cursor, setCursor] = useState<Corner | null>(null);
  const anchor = useRef<Corner | null>(null);
  const [drawn, setDrawn] = useState<Box | null>(null);
  const between = (a: Corner, b: Corner) => boxOf(
    Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]) + 1, Math.max(a[1], b[1]) + 1);
  const keyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      setCursor(null);
      onBox(null);
    }
    if (!step) return;
    event.preventDefault();
    const here = cursor ?? [COLUMNS / 2, ROWS / 2];
    const next: Corner = [clamp(here[0] + step[0], COLUMNS), clamp(here[1] + step[1], ROWS)];
    if (event.shiftKey) {
      anchor.current ??= here;
      onBox(between(anchor.current, next));
    } else {
      anchor.current = null;
    }
    setCursor(next);
  };
  const at = (event: PointerEvent): Corner => {
    const area = svg.current!.getBoundingClientRect();
    return [((event.clientX - area.left) / area.width) * COLUMNS,
            ((area.bottom - event.clientY) / area.height) * ROWS];
  };
  const pointerDown = (down: PointerEvent) => {
    if (down.button !== 0) return;
    down.preventDefault();
    const from = at(down);
    const boxTo = (event: PointerEvent) => {
      const [c, r] = at(event);
      const inside = (v: number, most: number) => Math.max(0, Math.min(most, v));
      return boxOf(inside(Math.min(from[0], c), COLUMNS), inside(Math.min(from[1], r), ROWS),
        inside(Math.max(from[0], c), COLUMNS), inside(Math.max(from[1], r), ROWS));
    };
    const moved = (event: PointerEvent) => setDrawn(boxTo(event));
    const up = (event: PointerEvent) => {
      removeEventListener("pointermove", moved);
      removeEventListener("pointerup", up);
      setDrawn(null);
      const to = at(event);
      if (Math.abs(to[0] - from[0]) > 0.3 || Math.abs(to[1] - from[1]) > 0.3) onBox(boxTo(event));
    };
    addEventListener("pointermove", moved);
    addEventListener("pointerup", up);
  };
  return { svg, cursor, drawn, keyDown, pointerDown };
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};
