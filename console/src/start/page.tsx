/** First use: how to connect each kind of client, sample traffic, and the way on as soon
 * as the first trace is there. */

import { useEffect, useState } from "preact/hooks";
import { post, summaries } from "../lib/api";
import { go, href, param, setParams } from "../lib/router";
import { CopyButton, Problem, Tabs } from "../ui/parts";
import { CLIENTS } from "./clients";
import "../style/start.css";

const LOOK_MS = 2000;

/** Watches for the first trace; true once there is one. */
function useFirstTrace(): "looking" | "none" | "there" {
  const [state, setState] = useState<"looking" | "none" | "there">("looking");
  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      const now = Date.now() / 1000;
      try {
        const found = await summaries(
          { span: { start: now - 30 * 86400, end: now + 60 }, filter: "" }, 1, control.signal);
        setState(found.length ? "there" : "none");
        if (found.length) return;
      } catch {
        // Asked again below: the server may be starting.
      }
      if (!control.signal.aborted) timer = setTimeout(() => void look(), LOOK_MS);
    };
    void look();
    return () => { control.abort(); clearTimeout(timer); };
  }, []);
  return state;
}

export function StartPage() {
  const state = useFirstTrace();
  const [waited, setWaited] = useState(false);
  useEffect(() => {
    if (state === "none") setWaited(true);
    // Only who waited is taken along; who came to read the instructions stays.
    if (state === "there" && waited) go("service-map");
  }, [state, waited]);
  const { host, hostname, port } = location;
  const client = CLIENTS.find((c) => c.id === param("client")) ?? CLIENTS[0]!;
  return (
    <div class="start-page">
      <h1>Connect an application</h1>
      <p>
        Fluoro listens where the X-Ray daemon does: datagrams and the X-Ray API at <code>{host}</code>, OTLP at <code>http://{host}/v1/traces</code>.
        An application instrumented for X-Ray on this machine needs no change.
      </p>
      <p class={`waiting ${state}`} role="status">
        {state === "there" ? <>Traces are arriving. <a href={href("service-map")}>Open the service map</a></>
          : state === "none" ? "Waiting for the first trace: this page turns to the map when it is here." : "Looking for traces…"}
      </p>
      <SampleTraffic />
      <Tabs label="Kind of client" chosen={client.id} onChoose={(id) => setParams({ client: id }, true)}
        tabs={CLIENTS.map(({ id, label }) => [id, label] as const)}>
        {client.steps({ host, hostname, port: port || "80", origin: location.origin }).map(({ title, code }) => (
          <section key={title} class="block step">
            <header><h2>{title}</h2><CopyButton text={() => code} /></header>
            <pre tabIndex={0}>{code}</pre>
          </section>
        ))}
      </Tabs>
    </div>
  );
}

function SampleTraffic() {
  const [state, setState] = useState<"idle" | "sending" | "sent">("idle");
  const [error, setError] = useState<Error | null>(null);
  const send = async () => {
    setState("sending");
    setError(null);
    try {
      await post("/api/demo", {});
      setState("sent");
      go("service-map");
    } catch (problem) {
      setError(problem as Error);
      setState("idle");
    }
  };
  return (
    <div class="card sample">
      <p><b>Nothing to connect yet?</b> Send the traffic of a made-up web shop: ten services with faults, throttles and a slow card network to find.</p>
      <p class="actions">
        <button type="button" class="primary" disabled={state === "sending"} onClick={() => void send()}>Send sample traces</button>
        <span class="muted">or keep it coming: <code>fluoro demo</code></span>
      </p>
      {error && <Problem error={error} />}
    </div>
  );
}
