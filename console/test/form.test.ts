import { describe, expect, it } from "vitest";
import { blamed, FieldError } from "../src/ui/form";

const NAMES = ["RuleName", "Priority", "HTTPMethod", "Attributes", "FilterExpression"];
const about = (error: Error) => Object.fromEntries(blamed(error, NAMES));

describe("a refusal", () => {
  it("stands at each field whose constraint is broken", () => {
    expect(about(new Error("2 validation errors detected: Value 'a' at 'samplingRule.hTTPMethod' failed to satisfy " +
      "constraint: Member must have length less than or equal to 10; Value 'b' at 'samplingRule.attributes.a.member' " +
      "failed to satisfy constraint: Member must have length less than or equal to 32")))
      .toEqual({ HTTPMethod: "Must have length less than or equal to 10", Attributes: "Must have length less than or equal to 32" });
  });

  it("stands at the expression, the name or the field that it speaks of", () => {
    expect(about(new Error("Error Location: line 1, position 1 : x"))).toHaveProperty("FilterExpression");
    expect(about(new Error("Sampling rule already exists"))).toHaveProperty("RuleName");
    expect(about(new Error("Priority must be so"))).toHaveProperty("Priority");
    expect(about(new FieldError("Attributes", "no"))).toEqual({ Attributes: "no" });
  });

  it("is everybody's where it names no field", () => {
    expect(about(new Error("Internal server error"))).toEqual({});
  });
});
