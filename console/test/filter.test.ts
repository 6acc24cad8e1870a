import { describe, expect, it } from "vitest";
import { all, annotationEquals, anyOf, charactersAt, not, panelCondition, pastedTraceId,
         serviceSelector, unitsAt, withinGroup } from "../src/lib/filter";

describe("filter expressions", () => {
  it("quote names as JSON does", () => {
    expect(serviceSelector({ Name: 'a"b\\c', Type: null })).toBe('service("a\\"b\\\\c")');
    expect(serviceSelector({ Name: "x", Type: "AWS::S3" }))
      .toBe('service(id(name: "x", type: "AWS::S3"))');
  });

  it("keep an OR together when joined", () => {
    expect(all("fault OR error", "responsetime > 1")).toBe("(fault OR error) AND responsetime > 1");
    expect(all("(a OR b)", "c")).toBe("(a OR b) AND c");
    expect(all("(a OR b) OR (c)", "d")).toBe("((a OR b) OR (c)) AND d");
    expect(all('service("x") { fault OR error }', "ok")).toBe('service("x") { fault OR error } AND ok');
    expect(all("", "  ", "ok")).toBe("ok");
    expect(not(anyOf(["a", "b"]))).toBe("!(a OR b)");
  });

  it("say what a panel's choices mean", () => {
    expect(panelCondition(new Set(), null)).toBe("");
    expect(panelCondition(new Set(["fault"]), null)).toBe("fault");
    expect(panelCondition(new Set(["ok", "error", "throttle", "fault"]), null)).toBe("");
    expect(panelCondition(new Set(["fault", "error"]), [0.1, 2]))
      .toBe("(fault OR error) AND responsetime >= 0.1 AND responsetime <= 2");
  });

  it("write annotations by the kind of key and value", () => {
    expect(annotationEquals("tier", { StringValue: "gold" })).toBe('annotation.tier = "gold"');
    expect(annotationEquals("n", { NumberValue: 3 })).toBe("annotation.n = 3");
    expect(annotationEquals("aws.x", { BooleanValue: false })).toBe("annotation[aws.x] = false");
  });

  it("take the group along, but not the default one", () => {
    expect(withinGroup("Default", "fault")).toBe("fault");
    expect(withinGroup("slow", "fault OR error")).toBe('group.name = "slow" AND (fault OR error)');
  });

  it("count characters as the server does", () => {
    const text = 'user = "😀é" AND fau';
    expect(charactersAt(text, text.length)).toBe(text.length - 1);
    expect([0, 8, 9, 10, 19, 99].map((n) => unitsAt(text, n))).toEqual([0, 8, 10, 11, 20, 20]);
    for (let n = 0; n < text.length; n++) expect(charactersAt(text, unitsAt(text, n))).toBe(n);
  });

  it("find a trace id in whatever was pasted", () => {
    const id = "1-5759e988-bd862e3fe1be46a994272793";
    for (const text of [id, ` ${id.toUpperCase().replace("1-", "1-")} `, "5759e988bd862e3fe1be46a994272793",
      "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01", `Root=${id};Parent=53995c3f42cd8ad8;Sampled=1`])
      expect(pastedTraceId(text)).toBe(id);
    expect(pastedTraceId('annotation.id = "1-5759e988"')).toBeNull();
  });
});
