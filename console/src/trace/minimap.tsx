/** The whole trace in a strip; dragging over it sets the window of the timeline. */

import { useMemo, useRef } from "preact/hooks";
import { axis, OUTCOMES } from "../lib/stats";
import { useKeys } from "../lib/keys";
import { duration } from "../lib/time";
import { useBrush } from "../ui/histogram";
import type { Interval, TraceTree } from "./model";
import type { Row } from "./rows";

const WIDTH = 1000;
const HEIGHT = 48;
const STRIPS = [...OUTCOMES, "pending"] as const;

export function Minimap({ tree, rows, window, onWindow }: {
  tree: TraceTree; rows: readonly Row[]; window: Interval; onWindow: (to: Interval) => void;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const on = useMemo(() => axis(tree.start, tree.end, "linear"), [tree]);
  // One path an outcome, however many rows there are.
  const paths = useMemo(() => {
    const found: Record<string, string[]> = {};
    rows.forEach(({ entity, heading }, i) => {
      if (heading) return;
      const x = on.at(entity.start) * WIDTH;
      const width = Math.max(1, on.at(entity.end ?? tree.end) * WIDTH - x);
      const y = ((i + 0.5) / rows.length) * HEIGHT;
      (found[entity.end === null ? "pending" : entity.outcome] ??= []).push(`M${x.toFixed(1)} ${y.toFixed(1)}h${width.toFixed(1)}`);
    });
    return found;
  }, [tree, rows]);
  const drag = useBrush(svg, on, (range) => onWindow(range ?? [tree.start, tree.end]));
  const shown = drag.range ?? window;
  const whole = window[0] <= tree.start && window[1] >= tree.end;
  useKeys([
    ...WINDOW_KEYS.map(([keys, does, key]) => ({ keys, does, run: () => {
      const next = windowKey(key, window, tree);
      if (next) onWindow(next);
    } })),
  ], [window, tree, onWindow], "Window of time");
  const keyDown = (event: KeyboardEvent) => {
    const next = windowKey(event.key, window, tree);
    if (!next) return;
    event.preventDefault();
    onWindow(next);
  };
  return (
    <div class="minimap">
      <svg ref={svg} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} height={HEIGHT} preserveAspectRatio="none" tabindex={0}
        role="application" onPointerDown={drag.start} onKeyDown={keyDown}
        aria-label={`Window of the timeline: ${duration(window[0] - tree.start)} to ${duration(window[1] - tree.start)}. Arrow keys move it, plus and minus zoom, Escape shows all.`}>
        {STRIPS.map((name) => paths[name] && (
          <path key={name} class={`strip ${name}`} d={paths[name].join("")}
            stroke-width={Math.max(0.8, Math.min(4, (HEIGHT / rows.length) * 0.7))} />
        ))}
        {(!whole || drag.range) && (
          <>
            <rect class="shade" x="0" y="0" height={HEIGHT} width={on.at(shown[0]) * WIDTH} />
            <rect class="shade" x={on.at(shown[1]) * WIDTH} y="0" height={HEIGHT} width={Math.max(0, (1 - on.at(shown[1])) * WIDTH)} />
          </>
        )}
      </svg>
      {!whole && <button type="button" class="quiet" onClick={() => onWindow([tree.start, tree.end])}>Show all</button>}
    </div>
  );
}

/** From anywhere on the page; with the focus on the strip the arrow keys do the same. */
const WINDOW_KEYS = [
  ["a", "Earlier", "ArrowLeft"], ["d", "Later", "ArrowRight"],
  ["+", "Zoom in", "+"], ["-", "Zoom out", "-"], ["0", "All of the trace", "Escape"],
] as const;

/** The window after a key; null when the key means nothing here. */
export function windowKey(key: string, [from, to]: Interval, tree: TraceTree): Interval | null {
  const width = to - from;
  const fit = (start: number, size: number): Interval => {
    const wide = Math.min(size, tree.end - tree.start);
    const at = Math.min(Math.max(tree.start, start), tree.end - wide);
    return [at, at + wide];
  };
  switch (key) {
    case "ArrowLeft": return fit(from - width / 5, width);
    case "ArrowRight": return fit(from + width / 5, width);
    case "+": case "=": case "ArrowUp": return fit(from + width / 4, width / 2);
    case "-": case "ArrowDown": return fit(from - width / 2, width * 2);
    case "Escape": return [tree.start, tree.end];
    default: return null;
  }
}
