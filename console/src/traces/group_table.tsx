/** "Group by": one row a value, with times and outcomes; a row narrows the list. */

import { useMemo } from "preact/hooks";
import { dimensionsOf, tallyBy } from "../lib/dimensions";
import { param, setParams } from "../lib/router";
import { percentile, summaryOutcome, tally, type Counts } from "../lib/stats";
import { compact, duration, percent } from "../lib/time";
import type { TraceSummary } from "../lib/types";
import { OutcomeBar } from "../ui/parts";
import { brief } from "./refiners";

const ROWS_MOST = 50;

export function countOutcomes(traces: readonly TraceSummary[]): Counts {
  const found: Counts = { ok: 0, error: 0, throttle: 0, fault: 0, total: traces.length };
  for (const trace of traces) found[summaryOutcome(trace)]++;
  return found;
}

export const times = (traces: readonly TraceSummary[]) =>
  traces.flatMap((t) => (t.ResponseTime === null || t.ResponseTime === undefined ? [] : [t.ResponseTime]));

export function GroupTable({ traces, onAdd }: {
  traces: readonly TraceSummary[]; onAdd: (term: string) => void;
}) {
  const dimensions = useMemo(() => dimensionsOf(traces), [traces]);
  const dimension = dimensions.find(({ id }) => id === (param("by") || "url")) ?? dimensions[0]!;
  const rows = useMemo(() => tallyBy(traces, dimension), [traces, dimension.id]);
  return (
    <section class="card group-table" aria-label="Trace overview">
      <header>
        <label>Group by <select value={dimension.id} onChange={(e) => setParams({ by: e.currentTarget.value }, true)}>
          {dimensions.map(({ id, label }) => <option key={id} value={id}>{label}</option>)}
        </select></label>
        <span class="muted">{compact(rows.length)} {rows.length === 1 ? "value" : "values"}</span>
      </header>
      <div class="scroll" role="region" aria-label={`Traces by ${dimension.label}`} tabIndex={0}>
        <table>
          <thead><tr>
            <th scope="col">{dimension.label}</th><th scope="col" class="number">Average</th>
            <th scope="col" class="number p95">p95</th>
            <th scope="col" class="number">Traces</th><th scope="col" class="number">Share</th><th scope="col">Status</th>
          </tr></thead>
          <tbody>
            {rows.slice(0, ROWS_MOST).map(({ text, term, traces: own }) => {
              const spent = times(own);
              return (
                <tr key={text}>
                  <td>{term ? <button type="button" class="quiet value" title={`Add ${term}`} onClick={() => onAdd(term)}>{brief(text)}</button> : brief(text)}</td>
                  <td class="number">{spent.length ? duration(spent.reduce((a, b) => a + b, 0) / spent.length) : "–"}</td>
                  <td class="number p95">{duration(percentile(tally(spent), 0.95))}</td>
                  <td class="number">{compact(own.length)}</td>
                  <td class="number">{percent(own.length, traces.length)}</td>
                  <td><OutcomeBar counts={countOutcomes(own)} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {rows.length === 0 && <p class="muted">None of these traces has one.</p>}
      </div>
    </section>
  );
}
