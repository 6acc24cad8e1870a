/** Sampling rules: in the order they are tried, with what each really did. */

import { useState } from "preact/hooks";
import { post, samplingRules, samplingStatistics } from "../lib/api";
import { useQuery } from "../lib/query";
import { refresh, refreshed } from "../lib/router";
import { plain, percent } from "../lib/time";
import type { SamplingRule, SamplingStatistic } from "../lib/types";
import { Dialog, Loading, Problem } from "../ui/parts";
import { Field, FieldError, Form } from "../ui/form";

export function Sampling() {
  const { data, error, loading } = useQuery([refreshed.value], async (stop) => {
    const [records, statistics] = await Promise.all([samplingRules(stop), samplingStatistics(stop)]);
    return { rules: records.map((r) => r.SamplingRule).sort((a, b) => a.Priority - b.Priority || (a.RuleName < b.RuleName ? -1 : 1)),
             observed: sum(statistics) };
  });
  const [edited, setEdited] = useState<SamplingRule | "new" | null>(null);
  const [deleted, setDeleted] = useState<SamplingRule | null>(null);
  if (error && !data) return <Problem error={error} retry={refresh} />;
  if (!data) return loading ? <Loading what="sampling rules" /> : null;
  const done = () => { setEdited(null); setDeleted(null); refresh(); };
  return (
    <>
      <p class="muted">
        The first rule that matches a request decides. The reservoir is traced each second before the rate applies.
        Clients ask for changes about every 10 seconds to 5 minutes.
      </p>
      <p class="actions"><button type="button" class="primary" onClick={() => setEdited("new")}>Create sampling rule</button></p>
      <div class="scroll-x" role="region" aria-label="Sampling rules" tabIndex={0}>
        <table class="rule-table">
          <thead><tr>
            <th scope="col">Name</th><th scope="col" class="number">Priority</th><th scope="col" class="number">Reservoir</th>
            <th scope="col" class="number">Rate</th><th scope="col">Matches</th>
            <th scope="col" class="number">Requests</th><th scope="col" class="number">Sampled</th><th scope="col" class="number">Borrowed</th><th scope="col" class="number">Observed rate</th>
            <th scope="col"><span class="visually-hidden">Actions</span></th>
          </tr></thead>
          <tbody>
            {data.rules.map((rule) => {
              const seen = data.observed.get(rule.RuleName);
              return (
                <tr key={rule.RuleName}>
                  <td><b>{rule.RuleName}</b></td>
                  <td class="number" data-label="Priority">{rule.Priority}</td>
                  <td class="number" data-label="Reservoir">{rule.ReservoirSize}/s</td>
                  <td class="number" data-label="Rate">{percent(rule.FixedRate, 1)}</td>
                  <td class="matches" data-label="Matches">{matches(rule)}</td>
                  <td class="number" data-label="Requests">{seen ? plain(seen.requests) : "–"}</td>
                  <td class="number" data-label="Sampled">{seen ? plain(seen.sampled) : "–"}</td>
                  <td class="number" data-label="Borrowed">{seen ? plain(seen.borrowed) : "–"}</td>
                  <td class="number" data-label="Observed">{seen ? percent(seen.sampled, seen.requests) : "–"}</td>
                  <td class="row-actions">
                    <button type="button" class="quiet" aria-label={`Edit ${rule.RuleName}`} onClick={() => setEdited(rule)}>Edit</button>
                    {rule.RuleName !== "Default" && (
                      <button type="button" class="quiet danger" aria-label={`Delete ${rule.RuleName}`} onClick={() => setDeleted(rule)}>Delete</button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="muted">
        Requests and samples are what clients reported in the last ten minutes or so, – where none did.
        Borrowed are those that a client traced before it had its share of the reservoir.
      </p>
      {edited && <RuleForm rule={edited === "new" ? null : edited} onDone={done} onClose={() => setEdited(null)} />}
      {deleted && (
        <Dialog title={`Delete ${deleted.RuleName}?`} onClose={() => setDeleted(null)}>
          <Form label="Delete" danger onSubmit={() => post("/DeleteSamplingRule", { RuleName: deleted.RuleName })} onDone={done}>
            <p>Requests it matched fall to the next rule that matches them.</p>
          </Form>
        </Dialog>
      )}
    </>
  );
}

interface Observed {
  requests: number;
  sampled: number;
  borrowed: number;
}

function sum(statistics: readonly SamplingStatistic[]): Map<string, Observed> {
  const found = new Map<string, Observed>();
  for (const { RuleName, RequestCount, SampledCount, BorrowCount } of statistics) {
    const before = found.get(RuleName) ?? { requests: 0, sampled: 0, borrowed: 0 };
    found.set(RuleName, {
      requests: before.requests + (RequestCount ?? 0), sampled: before.sampled + (SampledCount ?? 0),
      borrowed: before.borrowed + (BorrowCount ?? 0),
    });
  }
  return found;
}

const CRITERIA = [
  ["ServiceName", "Service name"], ["ServiceType", "Service type"], ["Host", "Host"],
  ["HTTPMethod", "HTTP method"], ["URLPath", "URL path"], ["ResourceARN", "Resource ARN"],
] as const;

function matches(rule: SamplingRule): string {
  const parts = CRITERIA.filter(([member]) => rule[member] !== "*").map(([member, label]) => `${label} ${rule[member]}`);
  const attributes = Object.entries(rule.Attributes ?? {}).map(([k, v]) => `${k} = ${v}`);
  return [...parts, ...attributes].join(", ") || "every request";
}

/** "key = value", one to a line; throws for a line that is not. */
function parseAttributes(text: string): Record<string, string> {
  return Object.fromEntries(text.split("\n").filter((line) => line.trim()).map((line) => {
    const at = line.indexOf("=");
    if (at < 1) throw new FieldError("Attributes", `No key = value: ${line.trim()}`);
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  }));
}

function RuleForm({ rule, onDone, onClose }: { rule: SamplingRule | null; onDone: () => void; onClose: () => void }) {
  const fixed = rule?.RuleName === "Default";
  const submit = async (data: FormData) => {
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const numbers = { ReservoirSize: Number(text("ReservoirSize")), FixedRate: Number(text("FixedRate")) / 100 };
    const criteria = fixed ? {} : {
      Priority: Number(text("Priority")),
      ...Object.fromEntries(CRITERIA.map(([member]) => [member, text(member) || "*"])),
      Attributes: parseAttributes(text("Attributes")),
    };
    return rule
      ? post("/UpdateSamplingRule", { SamplingRuleUpdate: { RuleName: rule.RuleName, ...numbers, ...criteria } })
      : post("/CreateSamplingRule", { SamplingRule: { RuleName: text("RuleName"), Version: 1, ...numbers, ...criteria } });
  };
  return (
    <Dialog title={rule ? `Edit ${rule.RuleName}` : "Create sampling rule"} onClose={onClose}>
      <Form label={rule ? "Save" : "Create"} onSubmit={submit} onDone={onDone}>
        {!rule && <Field name="RuleName" label="Name" required maxLength={32} autofocus />}
        {!fixed && <Field name="Priority" label="Priority" type="number" min={1} max={9999} value={rule?.Priority ?? 1000} required hint="1 to 9999; lower is tried first" />}
        <Field name="ReservoirSize" label="Reservoir" type="number" min={0} value={rule?.ReservoirSize ?? 1} required hint="traces a second, over all clients" />
        <Field name="FixedRate" label="Rate in percent" type="number" min={0} max={100} step="any" value={rule ? Number((rule.FixedRate * 100).toPrecision(6)) : 5} required hint="of what exceeds the reservoir" />
        {!fixed && (
          <fieldset>
            <legend>Matching requests (* and ? are wildcards)</legend>
            {CRITERIA.map(([member, label]) => <Field key={member} name={member} label={label} value={rule?.[member] ?? "*"} />)}
            <Field name="Attributes" label="Attributes" multiline hint="key = value, one to a line"
              value={Object.entries(rule?.Attributes ?? {}).map(([k, v]) => `${k} = ${v}`).join("\n")} />
          </fieldset>
        )}
      </Form>
    </Dialog>
  );
}
