/** How the server is, and the loss ledger: what became of everything it received. */

import { useEffect, useState } from "preact/hooks";
import { get } from "../lib/api";
import { useQuery } from "../lib/query";
import { refresh, refreshed } from "../lib/router";
import { age, dateTime, percent, plain } from "../lib/time";
import { Loading, OutcomeMark, Problem } from "../ui/parts";

export interface Status {
  Version: string;
  Status: string;
  Error?: string | null;
  StartedAt?: number | null;
  UdpAddress?: string | null;
  Backlog?: number | null;
  Ledger: Record<string, Tally>;
}
export interface Tally {
  Received: number;
  Stored: number;
  Merged: number;
  InFlight: number;
  Rejected: Record<string, number>;
  Dropped: Record<string, number>;
}

/** The page follows the server at this pace. */
const FOLLOW_MS = 5000;

export function Health() {
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setLooks((n) => n + 1), FOLLOW_MS);
    return () => clearInterval(timer);
  }, []);
  const { data, error } = useQuery([refreshed.value, looks], (stop) => get<Status>("/api/status", stop));
  if (error) return <Problem error={error} retry={refresh} />;
  if (!data) return <Loading what="health" />;
  const now = Date.now() / 1000;
  return (
    <>
      <dl class="facts narrow">
        <div><dt>Server</dt><dd><OutcomeMark outcome={data.Status === "ok" ? "ok" : "fault"} text={data.Status === "ok" ? "Healthy" : "Failing"} /> {data.Error}</dd></div>
        <div><dt>Version</dt><dd>{data.Version}</dd></div>
        {!!data.StartedAt && <div><dt>Running since</dt><dd>{dateTime(data.StartedAt)} ({age(data.StartedAt, now)})</dd></div>}
        {data.UdpAddress && <div><dt>Datagrams at</dt><dd>{data.UdpAddress}</dd></div>}
        {data.Backlog !== undefined && <div><dt>Waiting for the store</dt><dd>{plain(data.Backlog ?? 0)} documents, already safe on disk</dd></div>}
      </dl>
      <h2>Loss ledger</h2>
      <p class="muted">Every document received since the start ended in exactly one of these.</p>
      <div class="ledgers">
        {Object.entries(data.Ledger).map(([transport, tally]) => <Ledger key={transport} transport={transport} tally={tally} />)}
        {Object.keys(data.Ledger).length === 0 && <p>Nothing has been received yet.</p>}
      </div>
    </>
  );
}

function Ledger({ transport, tally }: { transport: string; tally: Tally }) {
  const rows: [string, number, string][] = [
    ["Stored", tally.Stored, "new and in the store"],
    ["Merged", tally.Merged, "of an id taken in before"],
    ...Object.entries(tally.Rejected).map(([why, n]): [string, number, string] => [`Rejected: ${why}`, n, "refused for what it is"]),
    ...Object.entries(tally.Dropped).map(([why, n]): [string, number, string] => [`Dropped: ${why}`, n, "lost for want of room"]),
    ...(tally.InFlight ? [["In flight", tally.InFlight, "not decided yet"] as [string, number, string]] : []),
  ];
  return (
    <section class="card">
      <h3>{transport}</h3>
      <table>
        <tbody>
          <tr><th scope="row">Received</th><td class="number"><b>{plain(tally.Received)}</b></td><td /><td /></tr>
          {rows.map(([name, count, means]) => (
            <tr key={name} class={name.startsWith("Dropped") || name.startsWith("Rejected") ? "loss" : ""}>
              <th scope="row">{name}</th><td class="number">{plain(count)}</td>
              <td class="number muted">{percent(count, tally.Received)}</td><td class="muted">{means}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
