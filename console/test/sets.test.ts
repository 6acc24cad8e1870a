import { describe, expect, it } from "vitest";
import { addTag, distinguish, filtered, parseTags } from "../src/analytics/sets";
import { causePath, dimensionsOf } from "../src/lib/dimensions";
import { buildGraph, neighbourhood, nodeKey } from "../src/map/graph";
import type { TraceSummary } from "../src/lib/types";

const trace = (i: number, spent: number, network: string): TraceSummary => ({
  Id: `1-00000000-${String(i).padStart(24, "0")}`, StartTime: i, ResponseTime: spent,
  Http: { HttpURL: i % 2 ? "/a" : "/b", HttpStatus: 200 },
  Annotations: { network: [{ AnnotationValue: { StringValue: network } }] },
});

describe("what sets a selection apart", () => {
  const slow = Array.from({ length: 20 }, (_, i) => trace(i, 2, i < 18 ? "north" : "south"));
  const quick = Array.from({ length: 80 }, (_, i) => trace(100 + i, 0.1, i % 10 ? "south" : "north"));

  it("puts the value that explains it first", () => {
    const [first] = distinguish(slow, quick);
    expect([first!.dimension.id, first!.term]).toEqual(["annotation.network", 'annotation.network = "north"']);
    expect([first!.insideShare, first!.outsideShare]).toEqual([0.9, 0.1]);
  });

  it("says nothing about chance", () => {
    expect(distinguish(slow, quick).some((d) => d.dimension.id === "url")).toBe(false);
    expect(distinguish([], quick)).toEqual([]);
  });

  it("filters by tags", () => {
    const all = [...slow, ...quick];
    const tags = parseTags("responseTime:1~3\nannotation.network:north", dimensionsOf(all));
    expect(filtered(all, tags)).toHaveLength(18);
    const without = parseTags("responseTime:1~3\n!annotation.network:north", dimensionsOf(all));
    expect(filtered(all, without)).toHaveLength(2);
    expect(without[1]!.label).toBe("annotation.network ≠ north");
    expect(parseTags("nonsense:1\nresponseTime:x", dimensionsOf(all))).toEqual([]);
  });
});

describe("a tag more", () => {
  it("replaces the range of its kind, and the opposite of the same value", () => {
    expect(addTag(["responseTime:1~2", "url:/a"], "responseTime:3~4")).toEqual(["url:/a", "responseTime:3~4"]);
    expect(addTag(["url:/a", "url:/b"], "!url:/a")).toEqual(["url:/b", "!url:/a"]);
    expect(addTag(["!url:/a:1"], "url:/a:1")).toEqual(["url:/a:1"]);
  });
});

describe("root causes", () => {
  it("are written as X-Ray's tables write them", () => {
    expect(causePath({ Services: [
      { Name: "a", Type: "T", EntityPath: [{ Name: "a" }, { Name: "x" }] }, { Name: "b", EntityPath: [{ Name: "b" }] }] }))
      .toBe("a (T) -> x => b");
  });
});

describe("the graph", () => {
  const graph = buildGraph([
    { ReferenceId: 0, Name: "api", Type: null, State: "active", Edges: [{ ReferenceId: 2 }], SummaryStatistics: null },
    { ReferenceId: 1, Name: "api", Type: "client", Edges: [{ ReferenceId: 0, StartTime: 0, EndTime: 120,
      SummaryStatistics: { OkCount: 4, TotalCount: 4, TotalResponseTime: 2 }, ResponseTimeHistogram: [] }] },
    { ReferenceId: 2, Name: "table", Type: "AWS::DynamoDB::Table", Edges: null },
  ]);

  it("gives the client the numbers of its edge, and lives with nulls", () => {
    const client = graph.nodes.get(nodeKey({ Name: "api", Type: "client" }))!;
    expect([client.counts.total, client.average, client.perMinute]).toEqual([4, 0.5, 2]);
    expect(graph.nodes.get(nodeKey({ Name: "api", Type: null }))!.average).toBeNull();
  });

  it("knows who is near", () => {
    const table = nodeKey({ Name: "table", Type: "AWS::DynamoDB::Table" });
    expect(neighbourhood(graph, table, 1).size).toBe(2);
    expect(neighbourhood(graph, table, 2).size).toBe(3);
  });
});
