import { describe, expect, it } from "vitest";
import { bins, counts, fitted, percentile, ticks } from "../src/lib/stats";

describe("percentiles", () => {
  it("lie between the middles of the neighbours", () => {
    const entries = [{ Value: 1, Count: 1 }, { Value: 2, Count: 1 }, { Value: 3, Count: 2 }];
    expect(percentile(entries, 0)).toBe(1);
    expect(percentile(entries, 0.25)).toBe(1.5);
    expect(percentile(entries, 1)).toBe(3);
    expect(percentile([], 0.5)).toBeNull();
    expect(percentile([{ Value: 4, Count: 9 }], 0.99)).toBe(4);
  });
});

describe("statistics", () => {
  it("count a throttled request once, and live with nulls", () => {
    expect(counts({ OkCount: 3, ErrorStatistics: { ThrottleCount: 2, OtherCount: 1, TotalCount: 3 },
                    FaultStatistics: { OtherCount: 1, TotalCount: 1 }, TotalCount: 7 }))
      .toEqual({ ok: 3, error: 1, throttle: 2, fault: 1, total: 7 });
    expect(counts(null).total).toBe(0);
    expect(counts({ OkCount: null, ErrorStatistics: null }).ok).toBe(0);
  });
});

describe("bins", () => {
  it.each(["log", "linear"] as const)("hold every entry on a %s axis", (scale) => {
    const entries = [0, 0.001, 0.02, 0.5, 7].map((Value) => ({ Value, Count: 2 }));
    const found = bins(entries, fitted(entries, scale), 20);
    // A zero cannot stand on a logarithm; it is held by the first bin's edge.
    expect(found.reduce((a, b) => a + b)).toBe(scale === "log" ? 8 : 10);
  });

  it("have round ticks within the axis", () => {
    expect(ticks(fitted([{ Value: 0.01, Count: 1 }, { Value: 1, Count: 1 }], "log"), 8))
      .toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]);
  });
});
