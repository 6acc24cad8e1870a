import { describe, expect, it } from "vitest";
import { duration, formatRange, parseLength, parseRange, resolve } from "../src/lib/time";

describe("time ranges", () => {
  it("are read in every form X-Ray's links have", () => {
    expect(parseRange("PT15M")).toEqual({ seconds: 900 });
    expect(parseRange("P1DT2H")).toEqual({ seconds: 93600 });
    const start = Date.UTC(2018, 8, 1, 16) / 1000;
    for (const text of ["2018-9-01T16:00~2018-9-01T17:00", "2018-09-01T16:00:00~2018-9-01T17:00:00",
      "2018-09-01T16:00:00.000Z~2018-09-01T17:00:00.000Z", "2018-9-01T16%3A00%7E2018-9-01T17%3A00"])
      expect(parseRange(text)).toEqual({ start, end: start + 3600 });
  });

  it("are null when they make no sense", () => {
    for (const text of ["", "PT", "yesterday", "PT0S", "2018-9-01T17:00~2018-9-01T16:00", "2018-9-01T16:00"])
      expect(parseRange(text)).toBeNull();
  });

  it("are written so that they read back", () => {
    for (const range of [{ seconds: 61 }, { seconds: 86400 }, { seconds: 95400 },
      { start: 1535817600.25, end: 1535817700 }])
      expect(parseRange(formatRange(range))).toEqual(range);
  });

  it("begin with a whole minute or second if they are relative", () => {
    expect(resolve({ seconds: 900 }, 7290.5)).toEqual({ start: 6360, end: 7290.5 });
    expect(resolve({ seconds: 300 }, 7290.5)).toEqual({ start: 6990, end: 7290.5 });
    expect(resolve({ start: 1.5, end: 2.5 }, 7290.5)).toEqual({ start: 1.5, end: 2.5 });
  });

  it("may be typed", () => {
    expect(parseLength("45m")).toBe(2700);
    expect(parseLength("1.5 hours")).toBe(5400);
    expect(parseLength("PT1H")).toBe(3600);
    expect(parseLength("soon")).toBeNull();
  });

  it("are shown with three digits in a fitting unit", () => {
    expect([0.00099999, 0.99999, 59.99, 119.7, 3599.7].map(duration))
      .toEqual(["1 ms", "1 s", "1 min 0 s", "2 min 0 s", "1 h 0 min"]);
    expect([0.00041, 0.0123, 1.239, 75, 3700, null].map(duration))
      .toEqual(["410 µs", "12.3 ms", "1.24 s", "1 min 15 s", "1 h 2 min", "–"]);
  });
});
