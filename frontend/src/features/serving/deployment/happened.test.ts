import { describe, expect, test } from "vitest";
import { happenedWords, isNews } from "./happened";

describe("what happened to a deployment", () => {
  test("is told in the rollout's own words where there are some", () => {
    const moved = { name: "serving.rollout.moved", facts: { reason: "fraud:18 keeps every guard" } };

    expect(happenedWords(moved)).toBe("fraud:18 keeps every guard");
    expect(happenedWords({ name: "serving.deployment.stopped", facts: {} })).toBe("Stopped");
    expect(happenedWords({ name: "serving.thing.new", facts: null })).toBe("serving.thing.new");
  });

  test("leaves out what a rollout's move says already, never an order", () => {
    expect(isNews({ name: "serving.routes.changed", facts: { why: "to 25 %" } })).toBe(false);
    expect(isNews({ name: "serving.routes.changed", facts: { why: "" } })).toBe(true);
    expect(isNews({ name: "collaboration.comment.written", facts: {} })).toBe(false);
  });
});
