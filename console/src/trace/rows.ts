/** The tree as the rows of a table, under what is collapsed, sought and filtered. */

import type { Entity, TraceTree } from "./model";

export interface Row {
  key: string;
  entity: Entity;
  /** A heading over all segments of one service. */
  heading: { name: string; origin: string; count: number } | null;
  level: number;
  position: number;
  siblings: number;
  expandable: boolean;
  expanded: boolean;
}
export interface Shape {
  collapsed: ReadonlySet<string>;
  /** When given, only these and what leads to them. */
  only: ReadonlySet<Entity> | null;
  byService: boolean;
}

export function rowsOf(tree: TraceTree, shape: Shape): Row[] {
  const keep = shape.only && withAncestors(shape.only);
  return shape.byService ? serviceRows(tree, shape, keep) : nest(tree.roots, 1, shape, keep, false);
}

function withAncestors(chosen: ReadonlySet<Entity>): Set<Entity> {
  const keep = new Set<Entity>();
  for (const entity of chosen)
    for (let at: Entity | null = entity; at && !keep.has(at); at = at.parent) keep.add(at);
  return keep;
}

/** Depth first with a stack of our own: traces may be deeper than the engine's. */
function nest(
  roots: readonly Entity[], level: number, shape: Shape, keep: Set<Entity> | null, inSegment: boolean,
): Row[] {
  const rows: Row[] = [];
  const visible = (list: readonly Entity[], parent: Entity | null) => list.filter((e) =>
    (!keep || keep.has(e)) && !(inSegment && parent && e.isSegment));
  type Item = [entity: Entity, level: number, position: number, siblings: number];
  const stack: Item[] = [];
  const push = (list: Entity[], at: number) => {
    for (let i = list.length - 1; i >= 0; i--) stack.push([list[i]!, at, i + 1, list.length]);
  };
  push(visible(roots, null), level);
  while (stack.length) {
    const [entity, at, position, siblings] = stack.pop()!;
    const children = visible(entity.children, entity);
    const expanded = children.length > 0 && !shape.collapsed.has(entity.id);
    rows.push({ key: entity.id, entity, heading: null, level: at, position, siblings,
                expandable: children.length > 0, expanded });
    if (expanded) push(children, at + 1);
  }
  return rows;
}

/** What the block of a segment's service is opened and closed by. */
export const serviceKey = ({ name, document }: Entity) => `service:${name}|${document.origin ?? ""}`;

/** X-Ray's way: the segments of one service stand in one block under its name. */
function serviceRows(tree: TraceTree, shape: Shape, keep: Set<Entity> | null): Row[] {
  const blocks = new Map<string, Entity[]>();
  for (const segment of tree.segments) {
    if (keep && !keep.has(segment)) continue;
    const key = serviceKey(segment);
    blocks.set(key, [...(blocks.get(key) ?? []), segment]);
  }
  let position = 0;
  return [...blocks].flatMap(([id, segments]) => {
    const first = segments[0]!;
    const expanded = !shape.collapsed.has(id);
    const heading: Row = {
      key: id, entity: first, level: 1, position: ++position, siblings: blocks.size,
      heading: { name: first.name, origin: first.document.origin ?? "", count: segments.length },
      expandable: true, expanded,
    };
    return expanded ? [heading, ...nest(segments, 2, shape, keep, true)] : [heading];
  });
}

export function collapsible(tree: TraceTree): string[] {
  return [...tree.byId.values()].filter((e) => e.children.length > 0).map((e) => e.id);
}

/** Which to collapse so that rows down to a level are open. */
export function collapsedBelow(tree: TraceTree, level: number): Set<string> {
  const collapsed = new Set<string>();
  const stack: [Entity, number][] = tree.roots.map((root) => [root, 1]);
  while (stack.length) {
    const [entity, at] = stack.pop()!;
    if (at >= level && entity.children.length) collapsed.add(entity.id);
    for (const child of entity.children) stack.push([child, at + 1]);
  }
  return collapsed;
}
