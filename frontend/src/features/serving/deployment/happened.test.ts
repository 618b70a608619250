import { describe, expect, test } from "vitest";
import { happenedTitle, happenedWords, isNews } from "./happened";

describe("what happened to a deployment", () => {
  test("is told with the rollout's own words where there are some", () => {
    const moved = {
      name: "serving.rollout.moved",
      facts: { what: "promoted", share: 1, reason: "fraud:18 keeps every guard" },
    };

    expect(happenedTitle(moved)).toBe("Promoted");
    expect(happenedWords(moved)).toBe("fraud:18 keeps every guard");
    expect(happenedTitle({ name: "serving.deployment.stopped", facts: {} })).toBe("Stopped");
    expect(happenedWords({ name: "serving.deployment.stopped", facts: {} })).toBe("");
    expect(happenedTitle({ name: "serving.thing.new", facts: null })).toBe("serving.thing.new");
  });

  test("says who answers after an order", () => {
    const after = { "fraud-17-d1c06379": 0.9, "fraud-18-0a1b2c3d": 0.1 };
    expect(happenedWords({ name: "serving.routes.changed", facts: { after, why: "" } })).toBe(
      "fraud:17 90 %, fraud:18 10 %",
    );
    const copied = { after: { ...after, "fraud-19-0a1b2c3d": 0 }, copies_to: ["fraud-19-0a1b2c3d"], why: "" };
    expect(happenedWords({ name: "serving.routes.changed", facts: copied })).toBe(
      "fraud:17 90 %, fraud:18 10 %; copies to fraud:19",
    );
  });

  test("leaves out what a rollout's move says already, never an order", () => {
    expect(isNews({ name: "serving.routes.changed", facts: { why: "to 25 %" } })).toBe(false);
    expect(isNews({ name: "serving.routes.changed", facts: { why: "" } })).toBe(true);
    expect(isNews({ name: "collaboration.comment.written", facts: {} })).toBe(false);
  });
});
