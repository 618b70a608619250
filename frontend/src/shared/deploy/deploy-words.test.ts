import { describe, expect, test } from "vitest";
import { deployConsequences, nameProblem, obstacle, suggestedName, waysFor } from "./deploy-words";
import type { DeploymentRow } from "./deployments";

function row(more: Partial<DeploymentRow> = {}, shares = [1]): DeploymentRow {
  const routes = shares.map((share, at) => ({
    id: `r${at}`,
    version: { model: "fraud", number: 17 + at },
    mode: "live" as const,
    share,
    state: "ready",
  }));
  const traffic = {} as DeploymentRow["traffic"];
  return {
    name: "fraud-api",
    state: "ready",
    stopped: false,
    updated_ms: 0,
    routes,
    traffic,
    rollout: null,
    rollout_phase: null,
    ...more,
  };
}

describe("a name for a deployment", () => {
  test.each([["fraud-api"], ["9"], ["a.b_c"]])("may be %s", (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  test.each([["a b"], ["-a"], ["ø"], ["a/b"]])("may not be %s", (name) => {
    expect(nameProblem(name)).toBeDefined();
  });

  test.each([
    ["fraud", "fraud"],
    ["team/fraud model", "team-fraud-model"],
    ["-x", "x"],
  ])("is suggested for the model %s", (model, expected) => {
    expect(suggestedName(model)).toBe(expected);
  });
});

describe("deploying", () => {
  test("is new under a free name, and a rollout before a replacement under a taken one", () => {
    expect([
      waysFor(null),
      waysFor(row()),
      waysFor(row({ stopped: true })),
      waysFor(row({}, [0.5, 0.5])),
    ]).toEqual([["new"], ["rollout", "replace"], ["replace"], ["replace"]]);
  });

  test("waits for a rollout that is under way, and does nothing twice", () => {
    expect(obstacle(row({ rollout: 3 }), "fraud:18")).toContain("rollout 3");
    expect(obstacle(row(), "fraud:17")).toContain("already");
    expect(obstacle(row(), "fraud:18")).toBeUndefined();
    expect(obstacle(null, "fraud:17")).toBeUndefined();
  });

  test("says what it will do to whoever answers now", () => {
    expect(deployConsequences("new", "fraud-api", "fraud:18", null)[0]).toContain("new name fraud-api");
    expect(deployConsequences("replace", "fraud-api", "fraud:18", row())[0]).toContain("instead of fraud:17");
    expect(deployConsequences("rollout", "fraud-api", "fraud:18", row())[1]).toContain(
      "fraud:17 gets everything back",
    );
  });
});
