/** All that is known of one segment or subsegment, in X-Ray's tabs. Every word in here
 * comes from a traced program and is only ever text. */

import type { ComponentChildren } from "preact";
import { annotationEquals } from "../lib/filter";
import { href, param, setParams } from "../lib/router";
import { dateTime, duration, formatRange, percent } from "../lib/time";
import { Icon, kindIcon } from "../ui/icons";
import { CopyButton, Tabs } from "../ui/parts";
import { Exceptions } from "./exceptions";
import { LinkedList, type Linked } from "./linked";
import { Outcome } from "./outcome";
import { exceptionsOf, kindOf, lengthOf, type Document, type Entity, type Interval, type TraceTree } from "./model";

type Tab = "overview" | "resources" | "annotations" | "metadata" | "exceptions" | "sql" | "raw";

export function Detail({ tree, entity, critical, linked, onChoose, onClose }: {
  tree: TraceTree; entity: Entity; critical: ReadonlyMap<string, Interval[]>; linked: readonly Linked[];
  onChoose: (id: string) => void; onClose: () => void;
}) {
  const { document } = entity;
  const exceptions = exceptionsOf(document);
  const tabs: [Tab, ComponentChildren][] = [
    ["overview", "Overview"], ["resources", "Resources"],
    ["annotations", counted("Annotations", Object.keys(document.annotations ?? {}).length)],
    ["metadata", counted("Metadata", Object.keys(document.metadata ?? {}).length)],
    ["exceptions", counted("Exceptions", exceptions.length)],
  ];
  if (document.sql) tabs.push(["sql", "SQL"]);
  tabs.push(["raw", "Raw"]);
  const wanted = param("tab") as Tab;
  const tab = tabs.some(([name]) => name === wanted) ? wanted : "overview";
  return (
    <aside class="panel detail" aria-label={`Details of ${entity.name}`}>
      <header>
        <Icon name={kindIcon(kindOf(entity))} size={18} />
        <h2>{entity.name}</h2>
        <button type="button" class="quiet" aria-label="Close details" onClick={onClose}><Icon name="close" /></button>
      </header>
      <Tabs label="Details" tabs={tabs} chosen={tab} onChoose={(name) => setParams({ tab: name }, true)}>
        {tab === "overview" && <Overview {...{ tree, entity, critical, linked, onChoose }} />}
        {tab === "resources" && <Resources document={document} inferred={entity.inferred} />}
        {tab === "annotations" && <Annotations document={document} />}
        {tab === "metadata" && <Metadata document={document} />}
        {tab === "exceptions" && <Exceptions {...{ tree, entity, onChoose }} />}
        {tab === "sql" && <Sql document={document} />}
        {tab === "raw" && <Raw document={document} />}
      </Tabs>
    </aside>
  );
}

const counted = (label: string, count: number) => (count ? `${label} (${count})` : label);

export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  const known = facts.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return (
    <dl class="facts">
      {known.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

function Overview({ tree, entity, critical, linked, onChoose }: {
  tree: TraceTree; entity: Entity; critical: ReadonlyMap<string, Interval[]>; linked: readonly Linked[];
  onChoose: (id: string) => void;
}) {
  const { document, parent } = entity;
  const { request, response } = document.http ?? {};
  const own = lengthOf(critical.get(entity.id));
  return (
    <>
      {entity.end === null && <p class="notice">In progress: its end has not been reported yet.</p>}
      {entity.orphan && <p class="notice">Its parent {document.parent_id} has not arrived, so it stands alone.</p>}
      {outside(entity) && <p class="notice">It lies outside of its parent's time: the two clocks differ, or it went on after the parent ended.</p>}
      <Facts facts={[
        [entity.isSegment ? "Segment ID" : "Subsegment ID", <code key="id">{entity.id}</code>],
        ["Parent", parent && <button key="parent" type="button" class="quiet flat" onClick={() => onChoose(parent.id)}>{parent.name}</button>],
        ["Status", <Outcome key="outcome" entity={entity} />],
        ["Flags", ["error", "throttle", "fault"].filter((flag) => document[flag as "error"]).join(", ")],
        ["Start", `${dateTime(entity.start)} (${duration(entity.start - tree.start)} into the trace)`],
        ["End", entity.end !== null ? dateTime(entity.end) : "not yet"],
        ["Duration", entity.end !== null ? duration(entity.end - entity.start) : ""],
        ["Critical path", own > 0 ? `${duration(own)} of its own, ${percent(own, tree.end - tree.start)} of the trace` : ""],
        ["Origin", document.origin],
        ["Inferred", entity.inferred && `${entity.inferred.origin ?? "remote"}: no document of the other side`],
        ["Namespace", document.namespace],
        ["User", document.user && <a key="user" href={tracesWith(`user = ${JSON.stringify(document.user)}`)}>{document.user}</a>],
        ["Request", [request?.method, request?.url].filter(Boolean).join(" ")],
        ["Client IP", request?.client_ip],
        ["User agent", text(request?.["user_agent"])],
        ["Response", response?.status],
        ["Content length", text(response?.content_length)],
      ]} />
      <Links rows={linked.filter(({ here }) => here === entity.id)} {...{ tree, onChoose }} />
    </>
  );
}

const text = (value: unknown) =>
  value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

/** Clocks are compared with some patience. */
const SKEW_SECONDS = 0.002;

function outside({ start, end, parent }: Entity): boolean {
  if (!parent) return false;
  return start < parent.start - SKEW_SECONDS ||
    (parent.end !== null && end !== null && end > parent.end + SKEW_SECONDS);
}

function Links({ rows, tree, onChoose }: {
  rows: readonly Linked[]; tree: TraceTree; onChoose: (id: string) => void;
}) {
  if (rows.length === 0) return null;
  return (
    <section class="linked">
      <h3>Linked traces</h3>
      <LinkedList {...{ rows, tree, onChoose }} />
    </section>
  );
}

/** Objects become indented lists of names and values. */
function Things({ of }: { of: Record<string, unknown> }) {
  return (
    <dl class="facts">
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value !== null && typeof value === "object" && !Array.isArray(value)
            ? <Things of={value as Record<string, unknown>} /> : text(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Resources({ document, inferred }: { document: Document; inferred: Document | null }) {
  const parts: [string, Record<string, unknown> | undefined][] = [
    ["AWS", document.aws ?? inferred?.aws], ["Service", document.service],
    ["Resource", document.resource_arn ? { ARN: document.resource_arn } : undefined],
  ];
  const known = parts.filter(([, value]) => value && Object.keys(value).length > 0);
  if (known.length === 0) return <p class="muted">It names no resource.</p>;
  return <>{known.map(([name, value]) => <section key={name}><h3>{name}</h3><Things of={value!} /></section>)}</>;
}

const tracesWith = (filter: string) => href("traces", { filter, timeRange: formatRange({ seconds: 86400 }) });

function Annotations({ document }: { document: Document }) {
  const entries = Object.entries(document.annotations ?? {});
  if (entries.length === 0) return <p class="muted">It has no annotations.</p>;
  return (
    <table>
      <thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col"><span class="visually-hidden">Search</span></th></tr></thead>
      <tbody>
        {entries.map(([key, value]) => (
          <tr key={key}>
            <td>{key}</td><td>{String(value)}</td>
            <td><a href={tracesWith(annotationEquals(key, annotationValue(value)))} aria-label={`Traces with ${key} = ${value}`}>find</a></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const annotationValue = (value: string | number | boolean) =>
  typeof value === "number" ? { NumberValue: value }
    : typeof value === "boolean" ? { BooleanValue: value } : { StringValue: value };

function Metadata({ document }: { document: Document }) {
  const entries = Object.entries(document.metadata ?? {});
  if (entries.length === 0) return <p class="muted">It has no metadata.</p>;
  return (
    <>
      {entries.map(([namespace, value]) => (
        <section key={namespace} class="block">
          <header><h3>{namespace}</h3><CopyButton text={() => JSON.stringify(value, null, 2)} /></header>
          <pre>{JSON.stringify(value, null, 2)}</pre>
        </section>
      ))}
    </>
  );
}

function Sql({ document }: { document: Document }) {
  const { sanitized_query: query, ...rest } = document.sql ?? {};
  return (
    <>
      {query !== undefined && (
        <section class="block">
          <header><h3>Query</h3><CopyButton text={() => text(query)} /></header>
          <pre>{text(query)}</pre>
        </section>
      )}
      <Things of={rest} />
    </>
  );
}

function Raw({ document }: { document: Document }) {
  const json = JSON.stringify(document, null, 2);
  return <section class="block"><header><h3>Document</h3><CopyButton text={() => json} /></header><pre>{json}</pre></section>;
}
