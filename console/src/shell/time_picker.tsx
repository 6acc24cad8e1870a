/** Time: presets from a minute to weeks, an own length, or two moments; and stepping. */

import { useEffect, useState } from "preact/hooks";
import { param, range, refresh, setParams, setRange, span } from "../lib/router";
import { DURATION_HINT, parseLength, PRESETS, rangeLabel } from "../lib/time";
import { Icon } from "../ui/icons";
import { Popover } from "../ui/parts";

const EVERY: readonly (readonly [string, string])[] = [
  ["", "Off"], ["5", "5 seconds"], ["10", "10 seconds"], ["30", "30 seconds"], ["60", "1 minute"],
];

/** Asks anew every so many seconds, while somebody can see it and time goes on. */
function useRefreshing(): boolean {
  const every = "seconds" in range.value ? Number(param("every")) : 0;
  useEffect(() => {
    if (!(every >= 1)) return undefined;
    const timer = setInterval(() => { if (!document.hidden) refresh(); }, every * 1000);
    return () => clearInterval(timer);
  }, [every]);
  return every >= 1;
}

export function TimePicker() {
  const refreshing = useRefreshing();
  const step = (direction: 1 | -1) => {
    const { start, end } = span.value;
    const by = (end - start) * direction;
    setRange({ start: start + by, end: end + by });
  };
  return (
    <div class="time-picker">
      <button type="button" class="square" aria-label="Earlier" title="The period before" onClick={() => step(-1)}>‹</button>
      <Popover align="right" label={<><Icon name="clock" /> <span class="label">{rangeLabel(range.value)}</span>{refreshing && <Icon name="refresh" size={12} />} <Icon name="down" size={12} /></>}>
        {(close) => <Choices close={close} />}
      </Popover>
      <button type="button" class="square" aria-label="Later" title="The period after" onClick={() => step(1)}>›</button>
    </div>
  );
}

function Choices({ close }: { close: () => void }) {
  const chosen = "seconds" in range.value ? range.value.seconds : 0;
  return (
    <div class="time-choices">
      <div class="menu" role="group" aria-label="The last">
        {PRESETS.map(([label, seconds]) => (
          <button key={seconds} type="button" aria-pressed={seconds === chosen}
            onClick={() => { setRange({ seconds }); close(); }}>{label}</button>
        ))}
      </div>
      <div class="own">
        <OwnLength close={close} />
        <TwoMoments close={close} />
        <label class="every">Refresh every{" "}
          <select value={param("every")} onChange={(e) => setParams({ every: e.currentTarget.value }, true)}>
            {EVERY.map(([seconds, label]) => <option key={seconds} value={seconds}>{label}</option>)}
          </select>
        </label>
        <button type="button" onClick={() => { setRange(span.value); close(); }}>
          Fix the present window
        </button>
      </div>
    </div>
  );
}

function OwnLength({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const seconds = parseLength(text);
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      if (seconds) { setRange({ seconds }); close(); }
    }}>
      <label>The last <input value={text} placeholder="45m" size={6} title={DURATION_HINT}
        onInput={(e) => setText(e.currentTarget.value)} /></label>
      <button type="submit" disabled={!seconds}>Apply</button>
    </form>
  );
}

/** What a datetime-local field holds, in the browser's zone. */
const local = (seconds: number) => {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
};

function TwoMoments({ close }: { close: () => void }) {
  const [from, setFrom] = useState(local(span.value.start));
  const [to, setTo] = useState(local(span.value.end));
  const start = new Date(from).getTime() / 1000;
  const end = new Date(to).getTime() / 1000;
  const good = end > start;
  return (
    <form class="moments" onSubmit={(event) => {
      event.preventDefault();
      if (good) { setRange({ start, end }); close(); }
    }}>
      <label>From <input type="datetime-local" step="1" value={from} onInput={(e) => setFrom(e.currentTarget.value)} /></label>
      <label>To <input type="datetime-local" step="1" value={to} onInput={(e) => setTo(e.currentTarget.value)} /></label>
      <button type="submit" disabled={!good}>Apply</button>
    </form>
  );
}
