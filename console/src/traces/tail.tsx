/** Live tail: new traces as the server tells of them, filtered there. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { TraceSummary } from "../lib/types";
import { plain } from "../lib/time";
import { Icon } from "../ui/icons";
import { TraceList } from "./list";

const KEPT_MOST = 500;

export function Tail({ filter }: { filter: string }) {
  const [traces, setTraces] = useState<TraceSummary[]>([]);
  const [skipped, setSkipped] = useState(0);
  const [state, setState] = useState<"opening" | "live" | "lost">("opening");
  const [why, setWhy] = useState("");
  const [paused, setPaused] = useState(false);
  const [held, setHeld] = useState(0);
  const waiting = useRef<TraceSummary[]>([]);
  const hold = useRef(false);
  hold.current = paused;
  useEffect(() => {
    setTraces([]);
    const source = new EventSource(`/api/tail${filter ? `?filter=${encodeURIComponent(filter)}` : ""}`);
    source.onopen = () => { setState("live"); setWhy(""); };
    source.onerror = () => setState("lost");
    source.addEventListener("trace", (event) => {
      waiting.current.push(JSON.parse((event as MessageEvent<string>).data) as TraceSummary);
    });
    source.addEventListener("failed", (event) => {
      const { Message } = JSON.parse((event as MessageEvent<string>).data) as { Message: string };
      setWhy(Message);
    });
    source.addEventListener("skipped", (event) => {
      const { Count } = JSON.parse((event as MessageEvent<string>).data) as { Count: number };
      setSkipped((before) => before + Count);
    });
    // A few times a second is as fast as anyone reads.
    const timer = setInterval(() => {
      if (hold.current) return setHeld(waiting.current.length);
      const fresh = waiting.current.splice(0).reverse();
      if (!fresh.length) return undefined;
      const ids = new Set(fresh.map((t) => t.Id));
      setTraces((old) => [...fresh, ...old.filter((t) => !ids.has(t.Id))].slice(0, KEPT_MOST));
      return undefined;
    }, 400);
    return () => { source.close(); clearInterval(timer); };
  }, [filter]);
  return (
    <div class="tail">
      <p class="tail-state" role="status">
        <span class={`badge-live ${state}`}><Icon name="live" /> {{ opening: "Opening", live: "LIVE", lost: `${why || "Connection lost"}, trying again` }[state]}</span>
        <button type="button" onClick={() => setPaused(!paused)}>
          <Icon name={paused ? "play" : "pause"} /> {paused ? `Go on (${plain(held)} waiting)` : "Hold"}
        </button>
        <span class="muted">{plain(traces.length)} shown{skipped > 0 && `, ${plain(skipped)} more were skipped to keep up`}</span>
      </p>
      {traces.length === 0
        ? <p class="loading">Waiting for the next trace{filter && " that matches"}…</p>
        : <TraceList traces={traces} />}
    </div>
  );
}
