import { describe, expect, test } from "vitest";
import { KINDS, type Kind, plannedWords, rolloutAsked } from "./rollout-plan";

const PLAN = {
  version: " fraud:18 ",
  kind: "canary" as Kind,
  steps: "5%,25%,100%",
  guards: "error_rate not worse\n\n p99 < 30ms ",
  replay: "",
  dwell: "1m",
  deadline: "2h",
};

describe("a planned rollout", () => {
  test("asks for what was typed, guard by guard", () => {
    expect(rolloutAsked(PLAN)).toMatchObject({
      version: "fraud:18",
      steps: "5%,25%,100%",
      guards: ["error_rate not worse", "p99 < 30ms"],
    });
  });

  test("has no steps when nobody gets its answers", () => {
    expect(rolloutAsked({ ...PLAN, kind: "shadow" }).steps).toBeNull();
  });

  test.each(Object.keys(KINDS) as Kind[])("says what a %s will do, naming the candidate", (kind) => {
    expect(plannedWords({ ...PLAN, kind }, "fraud:17")[0]).toContain("fraud:18");
  });

  test("says what is asked before anybody is answered", () => {
    const plan = { ...PLAN, replay: " 1000 " };

    expect(rolloutAsked(plan).replay).toBe(1000);
    expect(plannedWords(plan, "fraud:17")[1]).toContain("up to 1,000 stored rows");
  });

  test("warns that nothing rolls back without a guard", () => {
    expect(plannedWords({ ...PLAN, guards: "" }, "fraud:17")[1]).toContain("nothing rolls back by itself");
  });
});
