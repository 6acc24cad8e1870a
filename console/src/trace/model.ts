/** A trace's documents as one tree: who called whom, when, and with what outcome. */

import type { Outcome } from "../lib/stats";
import type { Trace } from "../lib/types";

export interface Exception {
  id?: string;
  type?: string;
  message?: string;
  remote?: boolean;
  truncated?: number;
  skipped?: number;
  cause?: string;
  stack?: { path?: string | null; line?: number | null; label?: string | null }[];
}
/** A segment document, or a subsegment within one, as X-Ray renders it. */
export interface Document {
  id: string;
  name?: string;
  type?: string;
  trace_id?: string;
  parent_id?: string;
  start_time: number;
  end_time?: number;
  in_progress?: boolean;
  inferred?: boolean;
  origin?: string;
  namespace?: string;
  user?: string;
  resource_arn?: string;
  error?: boolean;
  fault?: boolean;
  throttle?: boolean;
  http?: {
    request?: Record<string, unknown> & { method?: string; url?: string; client_ip?: string };
    response?: { status?: number; content_length?: unknown };
  };
  aws?: Record<string, unknown>;
  sql?: Record<string, unknown>;
  service?: Record<string, unknown>;
  annotations?: Record<string, string | number | boolean>;
  metadata?: Record<string, unknown>;
  cause?: string | { working_directory?: string; paths?: string[]; exceptions?: (Exception | string)[] };
  links?: { trace_id: string; id?: string; attributes?: Record<string, unknown> }[];
  subsegments?: Document[];
}

export interface Entity {
  id: string;
  name: string;
  document: Document;
  isSegment: boolean;
  /** The segment that it is part of; itself for a segment. */
  segment: Entity;
  parent: Entity | null;
  /** In order of start; a called service's segment is a child of the call. */
  children: Entity[];
  start: number;
  /** Null while in progress. */
  end: number | null;
  outcome: Outcome;
  status: number | null;
  /** The document that it names as its parent has not arrived. */
  orphan: boolean;
  /** What X-Ray inferred about the other side of a call that left no document. */
  inferred: Document | null;
}

export interface TraceTree {
  roots: Entity[];
  byId: Map<string, Entity>;
  segments: Entity[];
  documents: Document[];
  start: number;
  end: number;
  pending: number;
  orphans: number;
}

function outcomeOf(document: Document): Outcome {
  const status = document.http?.response?.status ?? 0;
  if (document.throttle || status === 429) return "throttle";
  if (document.fault || status >= 500) return "fault";
  if (document.error || status >= 400) return "error";
  return "ok";
}

function entityOf(document: Document, segment: Entity | null): Entity {
  const entity = {
    id: document.id, name: document.name ?? "(no name)", document,
    isSegment: segment === null, parent: null, children: [],
    start: document.start_time, end: document.end_time ?? null,
    outcome: outcomeOf(document), status: document.http?.response?.status ?? null,
    orphan: false, inferred: null,
  } as unknown as Entity;
  entity.segment = segment ?? entity;
  return entity;
}

/** Adds a document and all within it, without recursion: depth is not ours to choose. */
function plant(document: Document, byId: Map<string, Entity>): Entity {
  const top = entityOf(document, null);
  const stack: Entity[] = [top];
  while (stack.length) {
    const entity = stack.pop()!;
    byId.set(entity.id, entity);
    for (const inner of entity.document.subsegments ?? []) {
      const child = entityOf(inner, top);
      child.parent = entity;
      entity.children.push(child);
      stack.push(child);
    }
  }
  return top;
}

export function buildTree(trace: Trace): TraceTree {
  const documents = trace.Segments.map(({ Document: text }) => JSON.parse(text) as Document);
  const byId = new Map<string, Entity>();
  const tops = documents.filter((d) => !d.inferred).map((document) => plant(document, byId));
  const roots: Entity[] = [];
  for (const top of tops) {
    const parentId = top.document.parent_id;
    const parent = parentId ? byId.get(parentId) : undefined;
    if (parent && !within(parent, top)) {
      top.parent = parent;
      parent.children.push(top);
    } else {
      top.orphan = parentId !== undefined;
      roots.push(top);
    }
    if (top.document.type === "subsegment") adopt(top);
  }
  for (const document of documents.filter((d) => d.inferred)) {
    const caller = byId.get(document.parent_id ?? "");
    if (caller) caller.inferred = document;
    else roots.push(plant(document, byId));
  }
  return finish(roots, byId, documents);
}

/** Two documents that name each other as parent must not tie a knot. */
function within(entity: Entity, top: Entity): boolean {
  for (let at: Entity | null = entity; at; at = at.parent) if (at === top) return true;
  return false;
}

/** A subsegment that came alone is part of its parent's segment. */
function adopt(top: Entity): void {
  top.isSegment = top.orphan;
  if (top.orphan || !top.parent) return;
  const segment = top.parent.segment;
  const stack = [top];
  while (stack.length) {
    const entity = stack.pop()!;
    if (entity.segment !== top && entity !== top) continue;
    stack.push(...entity.children);
    entity.segment = segment;
  }
}

function finish(
  roots: Entity[], byId: Map<string, Entity>, documents: Document[],
): TraceTree {
  let start = Infinity;
  let end = -Infinity;
  let pending = 0;
  const order = (a: Entity, b: Entity) => a.start - b.start || (a.id < b.id ? -1 : 1);
  roots.sort(order);
  for (const entity of byId.values()) {
    entity.children.sort(order);
    if (entity.start > 0) start = Math.min(start, entity.start);
    end = Math.max(end, entity.end ?? entity.start);
    if (entity.end === null) pending++;
  }
  return {
    roots, byId, documents, start, end: Math.max(end, start + 1e-6), pending,
    segments: [...byId.values()].filter((e) => e.isSegment).sort(order),
    orphans: roots.filter((e) => e.orphan).length,
  };
}

/** What the trace began with, as far as it has arrived. */
export const rootOf = (tree: TraceTree): Entity | undefined =>
  tree.roots.find((root) => !root.orphan) ?? tree.roots[0];

/** The request that it is about, or the name of what began it. */
export function titleOf(tree: TraceTree): string {
  const root = rootOf(tree);
  const request = root?.document.http?.request;
  return [request?.method, request?.url].filter(Boolean).join(" ") || root?.name || "Trace";
}

export type Interval = readonly [start: number, end: number];

/** The chain of work that the end of the trace waited for: from the end backwards, always
 * into the child that finished last. Maps an entity's id to its own stretches of it. */
export function criticalPath(tree: TraceTree): Map<string, Interval[]> {
  const found = new Map<string, Interval[]>();
  const root = tree.roots.find((r) => !r.orphan && r.end !== null);
  if (!root) return found;
  const note = (entity: Entity, from: number, to: number) => {
    if (to - from < 1e-9) return;
    const list = found.get(entity.id);
    if (list) list.push([from, to]);
    else found.set(entity.id, [[from, to]]);
  };
  const stack: [Entity, number][] = [[root, root.end!]];
  while (stack.length) {
    const [entity, limit] = stack.pop()!;
    let cursor = limit;
    const finished = entity.children.filter((c) => c.end !== null)
      .sort((a, b) => b.end! - a.end!);
    for (const child of finished) {
      if (child.start >= cursor || child.end! > cursor + 1e-9 || child.end! <= entity.start)
        continue;
      note(entity, child.end!, cursor);
      stack.push([child, child.end!]);
      cursor = Math.max(child.start, entity.start);
      if (cursor <= entity.start) break;
    }
    note(entity, entity.start, cursor);
  }
  return found;
}

export const lengthOf = (intervals: readonly Interval[] | undefined) =>
  (intervals ?? []).reduce((sum, [from, to]) => sum + to - from, 0);

/** The exceptions of an entity as objects; an id alone names one recorded elsewhere. */
export function exceptionsOf(document: Document): (Exception | { reference: string })[] {
  const { cause } = document;
  if (!cause) return [];
  if (typeof cause === "string") return [{ reference: cause }];
  return (cause.exceptions ?? []).map((e) => (typeof e === "string" ? { reference: e } : e));
}

/** What a search within the trace looks at: everything of an entity but its children. */
export function haystack(entity: Entity): string {
  const { subsegments: _, ...own } = entity.document;
  return JSON.stringify(own).toLowerCase();
}

/** What stands below a name: where it ran or what it called. */
export const kindOf = ({ document, inferred, isSegment }: Entity): string =>
  document.origin ?? inferred?.origin ?? (document.sql ? "Database::SQL"
    : isSegment ? "" : document.namespace ?? "");
