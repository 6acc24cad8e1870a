/** Replays a period: the chosen window in equal steps, each drawn from its own data. */

import { useEffect, useState } from "preact/hooks";
import { clockTime, dateTime, type Span } from "../lib/time";
import { Icon } from "../ui/icons";

export const STEPS = 20;
const FRAME_MS = 900;

/** The step that a link names; null where it names none. */
export const stepAt = (text: string): number | null =>
  text ? Math.max(0, Math.min(STEPS - 1, Math.floor(Number(text)) || 0)) : null;

export const stepOf = (span: Span, step: number): Span => {
  const width = (span.end - span.start) / STEPS;
  return { start: span.start + step * width, end: span.start + (step + 1) * width };
};

export function Replay({ span, step, onStep, onClose }: {
  span: Span; step: number; onStep: (step: number) => void; onClose: () => void;
}) {
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setTimeout(() => {
      if (step + 1 < STEPS) onStep(step + 1);
      else setPlaying(false);
    }, FRAME_MS);
    return () => clearTimeout(timer);
  }, [playing, step]);
  const now = stepOf(span, step);
  return (
    <div class="replay" role="group" aria-label="Replay">
      <button type="button" class="square" aria-label={playing ? "Pause" : "Play"}
        onClick={() => { if (!playing && step + 1 >= STEPS) onStep(0); setPlaying(!playing); }}>
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <input type="range" min={0} max={STEPS - 1} value={step} aria-label="Moment of the replay"
        aria-valuetext={dateTime(now.start)} onInput={(e) => onStep(Number(e.currentTarget.value))} />
      <span class="when">{dateTime(now.start)} – {clockTime(now.end)}</span>
      <button type="button" class="quiet" onClick={onClose}>End replay</button>
    </div>
  );
}
