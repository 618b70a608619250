import { describe, expect, test } from "vitest";
import type { Rollout } from "../api/serving";
import { oddsWords, proven, stepsOf } from "./phases";

function rollout(step: number, phase: Rollout["phase"], shadow_ms = 0): Pick<Rollout, "state" | "phase"> {
  const plan = { kind: "canary", steps: [0.05, 0.25, 1], shadow_ms } as unknown as Rollout["state"]["plan"];
  return { phase, state: { plan, step } as Rollout["state"] };
}

const words = (one: Pick<Rollout, "state" | "phase">) =>
  stepsOf(one).map(({ label, state }) => `${label} ${state}`);

describe("the way of a rollout", () => {
  test("shows what is behind, where it is, and what is ahead", () => {
    expect(words(rollout(1, "stepping"))).toEqual(["5 % passed", "25 % here", "100 % ahead"]);
  });

  test("begins with copies when the plan does", () => {
    expect(words(rollout(-1, "shadow", 60_000))[0]).toBe("Copies here");
    expect(words(rollout(0, "stepping", 60_000)).slice(0, 2)).toEqual(["Copies passed", "5 % here"]);
  });

  test("begins with stored rows when the plan does, then copies", () => {
    const plan = { kind: "canary", steps: [0.05, 1], shadow_ms: 60_000, replay_rows: 100 };
    const way = (phase: Rollout["phase"], held_in: Rollout["phase"] | null = null) =>
      words({ phase, state: { plan, step: -1, held_in } as unknown as Rollout["state"] });

    expect(way("replay")).toEqual(["Stored rows here", "Copies ahead", "5 % ahead", "100 % ahead"]);
    expect(way("held", "replay")[0]).toBe("Stored rows here");
    expect(way("shadow").slice(0, 2)).toEqual(["Stored rows passed", "Copies here"]);
  });

  test("is behind altogether once promoted, and stops where it was taken back", () => {
    expect(words(rollout(1, "promoted"))).toEqual(["5 % passed", "25 % passed", "100 % passed"]);
    expect(words(rollout(0, "rolled_back"))).toEqual(["5 % ended", "25 % ahead", "100 % ahead"]);
  });
});

test.each([
  [-1e300, 4.6, 0],
  [2.3, 4.6, 0.5],
  [9, 4.6, 1],
])("of the wealth %d, %d are needed: %d is proven", (peak, needed, share) => {
  expect(proven(peak, needed)).toBeCloseTo(share);
});

test.each([
  [0, "1.0 to 1"],
  [Math.log(40), "40 to 1"],
  [-3, "below 1 to 1"],
  [20, "over 1,000,000 to 1"],
])("the log wealth %d reads %s", (log, expected) => {
  expect(oddsWords(log)).toBe(expected);
});
