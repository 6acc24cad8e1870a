import { describe, expect, it } from "vitest";
import { buildTree, criticalPath, lengthOf, type Document } from "../src/trace/model";
import { collapsedBelow, rowsOf } from "../src/trace/rows";

const trace = (...documents: Document[]) => ({
  Id: "1-5759e988-bd862e3fe1be46a994272793",
  Segments: documents.map((d) => ({ Id: d.id, Document: JSON.stringify(d) })),
});
const part = (id: string, start: number, end: number | undefined, more: object = {}): Document =>
  ({ id, name: id, start_time: start, ...(end === undefined ? { in_progress: true } : { end_time: end }), ...more });

const whole = trace(
  part("root", 0, 10, { subsegments: [
    part("work", 0, 2), part("call", 2, 9, { namespace: "remote" }), part("pending", 9.5, undefined)] }),
  part("callee", 3, 8, { parent_id: "call", origin: "AWS::EC2::Instance" }),
  part("guess", 0, 2, { parent_id: "work", inferred: true, origin: "AWS::S3::Bucket" }),
  part("lost", 1, 2, { parent_id: "never" }),
);

describe("a trace's tree", () => {
  const tree = buildTree(whole);

  it("puts a called service under its call, and says what is missing", () => {
    expect(tree.byId.get("callee")!.parent!.id).toBe("call");
    expect(tree.roots.map((r) => r.id)).toEqual(["root", "lost"]);
    expect(tree.byId.get("lost")!.orphan).toBe(true);
    expect([tree.pending, tree.orphans]).toEqual([1, 1]);
    expect(tree.byId.get("work")!.inferred!.origin).toBe("AWS::S3::Bucket");
  });

  it("does not tie a knot from documents that name each other", () => {
    const knot = buildTree(trace(part("a", 0, 1, { parent_id: "b" }), part("b", 0, 1, { parent_id: "a" })));
    expect(rowsOf(knot, { collapsed: new Set(), only: null, byService: false })).toHaveLength(2);
  });

  it("finds the path that the end waited for", () => {
    const path = criticalPath(tree);
    expect(lengthOf(path.get("root"))).toBe(1);
    expect(lengthOf(path.get("call"))).toBe(2);
    expect(lengthOf(path.get("callee"))).toBe(5);
    expect(lengthOf(path.get("work"))).toBe(2);
  });

  it("becomes rows with their place in it", () => {
    const rows = rowsOf(tree, { collapsed: new Set(), only: null, byService: false });
    expect(rows.map((r) => [r.key, r.level, r.position, r.siblings])).toEqual([
      ["root", 1, 1, 2], ["work", 2, 1, 3], ["call", 2, 2, 3], ["callee", 3, 1, 1],
      ["pending", 2, 3, 3], ["lost", 1, 2, 2]]);
  });

  it("collapses below a level", () => {
    const rows = rowsOf(tree, { collapsed: collapsedBelow(tree, 1), only: null, byService: false });
    expect(rows.map((r) => [r.key, r.expanded])).toEqual([["root", false], ["lost", false]]);
  });

  it("keeps what leads to the rows asked for", () => {
    const only = new Set([tree.byId.get("callee")!]);
    expect(rowsOf(tree, { collapsed: new Set(), only, byService: false }).map((r) => r.key))
      .toEqual(["root", "call", "callee"]);
  });

  it("stands in blocks by service, as X-Ray draws it", () => {
    const rows = rowsOf(tree, { collapsed: new Set(), only: null, byService: true });
    expect(rows.filter((r) => r.heading).map((r) => r.heading!.name)).toEqual(["root", "lost", "callee"]);
  });

  it("survives a thousand levels", () => {
    let deep = part("deepest", 1, 2);
    for (let i = 0; i < 1000; i++) deep = part(`d${i}`, 0, 3, { subsegments: [deep] });
    const tall = buildTree(trace(deep));
    expect(rowsOf(tall, { collapsed: new Set(), only: null, byService: false })).toHaveLength(1001);
    expect(criticalPath(tall).size).toBeGreaterThan(0);
  });
});
