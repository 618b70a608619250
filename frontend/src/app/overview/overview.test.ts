import { expect, test } from "vitest";
import type { LatestMove } from "@/features/registry/api/lately";
import type { Version } from "@/features/registry/api/models";
import type { DeploymentRow } from "@/features/serving/api/serving";
import { newsSince } from "@/features/tracking/api/latest-runs";
import { newsOf } from "./lately";
import { mostMovedFirst } from "./most-moved";
import { troublesOf } from "./troubles";

const ROW = { state: "ready", stopped: false, rollout: null, updated_ms: 1 } as DeploymentRow;
const HEALTH = { status: "degraded", version: "0.1.0", started_ms: 0 };
const MOVE: LatestMove = { model: "churn", alias: "champion", before: 1, after: 2, at_ms: 20, actor: "ann" };
const VERSION = { model: "churn", number: 2, created_by: "bob", created_ms: 10 } as Version;

test("what affects most stands first, and what is well is not named", () => {
  const troubles = troublesOf({
    health: {
      ...HEALTH,
      checks: [
        { name: "database", ok: true, detail: "" },
        { name: "disk", ok: false, detail: "full" },
      ],
    },
    deployments: [
      { ...ROW, name: "fine" },
      { ...ROW, name: "silent", state: "no node" },
      { ...ROW, name: "asleep", state: "no node", stopped: true },
    ],
    jobs: { proof: { done: 3 }, sweep: { done: 1, failed: 2 } },
  });

  expect(troubles.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "check disk",
    "deployment silent",
    "jobs sweep",
  ]);
});

test("nothing is troubled while nothing is known", () => {
  expect(troublesOf({ health: undefined, deployments: [], jobs: undefined })).toEqual([]);
});

test("deployments in a rollout stand first, stopped ones last", () => {
  const rows = [
    { ...ROW, name: "old" },
    { ...ROW, name: "stopped", stopped: true, updated_ms: 9 },
    { ...ROW, name: "moving", rollout: 4 },
    { ...ROW, name: "new", updated_ms: 5 },
  ];

  expect(mostMovedFirst(rows).map(({ name }) => name)).toEqual(["moving", "new", "old", "stopped"]);
});

test("versions and moves of aliases are one list, newest first", () => {
  const gone = { ...MOVE, before: 2, after: null, at_ms: 30 };
  const news = newsOf([VERSION], [gone, MOVE], 2);

  expect(news.map(({ what, number, by }) => [what, number, by])).toEqual([
    ["taken off version 2", null, "ann"],
    ["version 1 → 2", 2, "ann"],
  ]);
});

test("a failure is news for a week, and the question is the same all day", () => {
  const noon = Date.UTC(2026, 10, 22, 12);

  expect(newsSince(noon)).toBe(Date.UTC(2026, 10, 15));
  expect(newsSince(noon + 3600_000)).toBe(newsSince(noon));
});
