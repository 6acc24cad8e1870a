/** Requests over time as stacked bars by outcome, with a brush. */

import { useMemo, useRef } from "preact/hooks";
import { axis, OUTCOMES, type Counts } from "../lib/stats";
import { clockTime, compact, type Span } from "../lib/time";
import { Handles, useBrush, type Selection } from "./histogram";

export interface Bucket {
  start: number;
  counts: Counts;
}

const WIDTH = 400;

/** Beneath this many seconds a clock time without seconds says too little. */
const SHORT_SECONDS = 900;

export function Series({ label, span, step, buckets, selection = null, onSelect, height = 70, outline }: {
  label: string; span: Span; step: number; buckets: readonly Bucket[]; height?: number;
  /** Counts of another set, one a step from the start of the span. */
  outline?: readonly number[] | undefined;
  selection?: Selection; onSelect?: (selection: Selection) => void;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const on = useMemo(() => axis(span.start, span.end, "linear"), [span.start, span.end]);
  const drag = useBrush(svg, on, onSelect ?? (() => undefined));
  const most = Math.max(1, ...buckets.map((b) => b.counts.total), ...(outline ?? []));
  const y = (count: number) => height - (count / most) * (height - 4);
  const clock = (at: number) => clockTime(at, span.end - span.start < SHORT_SECONDS);
  const width = Math.max(1, (WIDTH * step) / (span.end - span.start) - 0.6);
  const shown = drag.range ?? selection;
  const sum = buckets.reduce((n, b) => n + b.counts.total, 0);
  return (
    <figure class="series">
      <figcaption>{label}</figcaption>
      <div class="frame">
      <svg ref={svg} viewBox={`0 0 ${WIDTH} ${height}`} height={height} preserveAspectRatio="none"
        role="img" aria-label={`${label}: ${sum} requests in ${buckets.length} steps`}
        onPointerDown={onSelect ? drag.start : undefined}>
        {buckets.map((bucket) => {
          let top = height;
          return OUTCOMES.map((name) => {
            const tall = (bucket.counts[name] / most) * (height - 4);
            top -= tall;
            return tall > 0 && (
              <rect key={`${bucket.start}${name}`} class={`fill ${name}`} width={width}
                x={on.at(bucket.start) * WIDTH} y={top} height={tall} />
            );
          });
        })}
        {outline && <path class="outline a" d={outline.map((count, i) =>
          `${i ? "L" : "M"}${on.at(span.start + i * step) * WIDTH} ${y(count)}H${on.at(span.start + (i + 1) * step) * WIDTH}`).join("")} />}
        {shown && <rect class="brush" x={on.at(shown[0]) * WIDTH} y="0" height={height}
          width={Math.max(1, (on.at(shown[1]) - on.at(shown[0])) * WIDTH)} />}
      </svg>
      <span class="y-most" aria-hidden="true">{compact(most)}</span>
      {onSelect && <Handles on={on} selection={selection} onSelect={onSelect} said={(at) => clockTime(at)}
        names={["Earliest start selected", "Latest start selected"]} />}
      </div>
      <div class="xs"><span>{clock(span.start)}</span><span>{clock((span.start + span.end) / 2)}</span><span>{clock(span.end)}</span></div>
    </figure>
  );
}
