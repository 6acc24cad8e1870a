/** The same question for other tools: AWS CLI, boto3, curl, and a link. */

import { formatRange, type Span } from "../lib/time";
import { setParams, param } from "../lib/router";
import { CopyButton, Popover } from "../ui/parts";
import { Icon } from "../ui/icons";

const shell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const python = (text: string) => JSON.stringify(text);

export function commands(span: Span, filter: string, origin: string): [string, string][] {
  const start = Math.floor(span.start);
  const end = Math.ceil(span.end);
  const body = JSON.stringify({ StartTime: start, EndTime: end, ...(filter && { FilterExpression: filter }) });
  return [
    ["AWS CLI", ["aws xray get-trace-summaries", `--endpoint-url ${origin}`,
      `--start-time ${start} --end-time ${end}`,
      ...(filter ? [`--filter-expression ${shell(filter)}`] : [])].join(" \\\n  ")],
    ["boto3", `xray = boto3.client("xray", endpoint_url=${python(origin)})\n`
      + `for page in xray.get_paginator("get_trace_summaries").paginate(\n`
      + `    StartTime=${start}, EndTime=${end}${filter ? `,\n    FilterExpression=${python(filter)}` : ""}):\n`
      + `    for summary in page["TraceSummaries"]:\n        print(summary["Id"], summary.get("ResponseTime"))`],
    ["curl", `curl -s ${origin}/TraceSummaries \\\n  -H 'content-type: application/json' \\\n  -d ${shell(body)}`],
  ];
}

export function CopyAs({ span, filter }: { span: Span; filter: string }) {
  return (
    <Popover align="right" label={<><Icon name="copy" /> Copy as</>}>
      {() => (
        <div class="copy-as">
          {commands(span, filter, location.origin).map(([name, text]) => (
            <section key={name}>
              <header><h3>{name}</h3><CopyButton text={() => text} /></header>
              <pre>{text}</pre>
            </section>
          ))}
          <section>
            <header><h3>Link</h3></header>
            <div class="actions">
              <CopyButton label="With this very period" text={() => {
                if (!param("timeRange").includes("~"))
                  setParams({ timeRange: formatRange(span) }, true);
                return location.href;
              }} />
              <CopyButton label="As it stands" text={() => location.href} />
            </div>
          </section>
        </div>
      )}
    </Popover>
  );
}
