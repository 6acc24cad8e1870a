/** Insights: periods in which a service failed more than expected. */

import { ApiError, insights, post } from "../lib/api";
import { useQuery } from "../lib/query";
import { group, href, refresh, refreshed, span } from "../lib/router";
import { dateTime, duration, formatRange, percent, plain } from "../lib/time";
import type { InsightSummary, ServiceId } from "../lib/types";
import { Loading, Problem } from "../ui/parts";
import "../style/settings.css";

export function InsightsPage({ id }: { id: string }) {
  return id ? <One id={id} /> : <All />;
}

const named = (service: ServiceId | null | undefined) => service?.Name ?? "–";
const lasted = ({ StartTime, EndTime }: InsightSummary) =>
  StartTime ? duration((EndTime ?? Date.now() / 1000) - StartTime) : "–";

/** A server that does not watch for anomalies says so by this status. */
const notBuilt = (error: Error | null) => error instanceof ApiError && error.status === NOT_BUILT;
const NOT_BUILT = 501;

/** Not an error of anybody's: what there is instead. */
function NotYet() {
  return (
    <div class="empty" role="status">
      <h1>Insights are not built yet</h1>
      <p>This version of Fluoro does not watch for anomalies, so nothing is missed here: no insight was ever opened. What they would tell can be found by hand:</p>
      <ul>
        <li><a href={href("service-map", { compare: "1" })}>Compare the service map</a> with the period before: nodes whose faults or latency grew say so.</li>
        <li><a href={href("analytics", { filter: "service() { fault }" })}>Analyze the traces with a fault</a>: which attribute they have in common comes first.</li>
        <li><a href={href("traces", { filter: "service() { fault }", by: "message.fault" })}>Group the faults by message</a>.</li>
      </ul>
    </div>
  );
}

function All() {
  const { data, error } = useQuery([span.value, group.value], (stop) => insights(span.value, group.value, stop));
  if (notBuilt(error)) return <NotYet />;
  return (
    <div class="settings-page">
      <h1>Insights</h1>
      {error && !data && <Problem error={error} retry={refresh} />}
      {!data && !error && <Loading what="insights" />}
      {data?.length === 0 && (
        <div class="empty" role="status">
          <h2>No insights in this period</h2>
          <p class="muted">An insight opens when a service fails more often than it usually does. They are made for groups that have insights enabled.</p>
          <a class="button" href={href("groups")}>Groups</a>
        </div>
      )}
      {!!data?.length && (
        <div class="scroll-x" role="region" aria-label="Insights" tabIndex={0}>
          <table>
            <thead><tr>{["Description", "State", "Duration", "Root cause service", "Anomalous services", "Group", "Start"].map((h) => <th key={h} scope="col">{h}</th>)}</tr></thead>
            <tbody>
              {data.map((insight) => (
                <tr key={insight.InsightId}>
                  <td><a href={href(`insights/${insight.InsightId}`)}>{insight.Summary}</a></td>
                  <td>{insight.State}</td><td>{lasted(insight)}</td><td>{named(insight.RootCauseServiceId)}</td>
                  <td>{(insight.TopAnomalousServices ?? []).map((s) => named(s.ServiceId)).join(", ")}</td>
                  <td>{insight.GroupName}</td><td>{insight.StartTime ? dateTime(insight.StartTime) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

interface Impact {
  FaultCount?: number | null;
  OkCount?: number | null;
  TotalCount?: number | null;
}
type Whole = InsightSummary & { ClientRequestImpactStatistics?: Impact | null; RootCauseServiceRequestImpactStatistics?: Impact | null };
interface Event {
  EventTime: number;
  Summary: string;
  ClientRequestImpactStatistics?: Impact | null;
}

const impact = (stats: Impact | null | undefined) =>
  stats ? `${plain(stats.FaultCount ?? 0)} of ${plain(stats.TotalCount ?? 0)} requests failed (${percent(stats.FaultCount ?? 0, stats.TotalCount ?? 0)})` : "–";

function One({ id }: { id: string }) {
  const { data, error } = useQuery([id, refreshed.value], async (stop) => {
    const [{ Insight }, { InsightEvents }] = await Promise.all([
      post<{ Insight: Whole }>("/Insight", { InsightId: id }, stop),
      post<{ InsightEvents: Event[] }>("/InsightEvents", { InsightId: id }, stop),
    ]);
    return { insight: Insight, events: InsightEvents };
  });
  if (notBuilt(error)) return <NotYet />;
  if (error && !data) return <div class="pad"><Problem error={error} retry={refresh} /></div>;
  if (!data) return <Loading what="the insight" />;
  const { insight, events } = data;
  const timeRange = insight.StartTime
    ? formatRange({ start: insight.StartTime, end: insight.EndTime ?? Date.now() / 1000 }) : null;
  return (
    <div class="settings-page">
      <h1>{named(insight.RootCauseServiceId)}: {insight.State?.toLowerCase()} insight</h1>
      <p>{insight.Summary}</p>
      <dl class="facts narrow">
        <div><dt>Clients</dt><dd>{impact(insight.ClientRequestImpactStatistics)}</dd></div>
        <div><dt>Root cause service</dt><dd>{impact(insight.RootCauseServiceRequestImpactStatistics)}</dd></div>
        <div><dt>Lasted</dt><dd>{lasted(insight)}</dd></div>
      </dl>
      <p class="actions">
        <a class="button" href={href("service-map", { timeRange })}>Service map of the time</a>
        <a class="button primary" href={href("analytics", { timeRange, filter: "service() { fault }" })}>Analyze insight</a>
      </p>
      <h2>Impact timeline</h2>
      <table>
        <tbody>
          {events.map((event) => (
            <tr key={event.EventTime}><td>{dateTime(event.EventTime)}</td><td>{event.Summary}</td><td>{impact(event.ClientRequestImpactStatistics)}</td></tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
