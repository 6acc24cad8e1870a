/** An empty answer says why it may be empty and offers the way out of each reason. */

import { summaries, summaryPages } from "../lib/api";
import { useEffect } from "preact/hooks";
import { useQuery } from "../lib/query";
import { group, href, param, range, setParams, setRange, span } from "../lib/router";
import { age, plain, rangeLabel } from "../lib/time";
import { Loading } from "./parts";

const MONTH_SECONDS = 30 * 86400;

export function NoTraffic({ what }: { what: string }) {
  const filter = param("filter");
  const { data: others } = useQuery([filter, group.value, span.value], async (stop) => {
    if (!filter && !group.value) return 0;
    let seen = 0;
    for await (const page of summaryPages({ span: span.value, filter: "" }, stop))
      seen += page.TraceSummaries.length;
    return seen;
  });
  const latest = useLatest();
  // Where nothing has ever arrived the first page says how to connect.
  const first = what === "services" && latest === null;
  useEffect(() => { if (first) location.replace(href("getting-started")); }, [first]);
  if (what === "services" && (first || latest === undefined)) return <Loading what="the service map" />;
  return (
    <div class="empty" role="status">
      <h1>No {what} in this period</h1>
      <p class="muted">{rangeLabel(range.value)}{group.value && ` · group ${group.value}`}</p>
      <ul>
        {!!others && filter && (
          <li>
            {plain(others)} traces of this period do not match the expression.{" "}
            <button type="button" onClick={() => setParams({ filter: null })}>Remove the expression</button>
          </li>
        )}
        {!!others && group.value && (
          <li>
            The group leaves out traces.{" "}
            <button type="button" onClick={() => setParams({ group: null })}>Show all groups</button>
          </li>
        )}
        {latest && (latest < span.value.start || latest > span.value.end) && (
          <li>
            The latest trace is {age(latest, Date.now() / 1000)} old.{" "}
            <button type="button" onClick={() => setRange({ start: latest - 450, end: latest + 450 })}>Go to it</button>
          </li>
        )}
        {"seconds" in range.value && range.value.seconds < 86400 && (
          <li>
            The period is short.{" "}
            <button type="button" onClick={() => setRange({ seconds: Math.max(3600, rangeSeconds() * 4) })}>Look further back</button>{" "}
            <button type="button" onClick={() => setRange({ seconds: 86400 })}>The last day</button>
          </li>
        )}
        <li>Only sampled requests become traces: see the <a href={href("sampling")}>sampling rules</a>.</li>
        <li>Documents that were refused or lost are counted in <a href={href("health")}>health</a>.</li>
        {latest === null && (
          <li>No trace has arrived in the last 30 days. <a class="button primary" href={href("getting-started")}>Connect an application</a></li>
        )}
      </ul>
    </div>
  );
}

const rangeSeconds = () => span.value.end - span.value.start;

/** When the newest trace of the last month started; null if there is none. */
function useLatest(): number | null | undefined {
  const { data, loading } = useQuery([span.value], async (stop) => {
    const now = Date.now() / 1000;
    const [newest] = await summaries(
      { span: { start: now - MONTH_SECONDS, end: now + 60 }, filter: "" }, 1, stop);
    return { at: newest?.StartTime ?? null };
  });
  return loading ? undefined : data?.at;
}
