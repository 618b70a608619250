import { expect, test } from "vitest";
import { fieldsOf, saidOf } from "./event-words";

test.each([
  ["tracking.run.created", "Run created"],
  ["registry.alias.moved", "Alias moved"],
  ["tracking.logged_model.tagged", "Logged model tagged"],
  ["later.robot.did_that", "Robot did that"],
  ["odd", "Odd"],
])("%s is said as %s", (name, said) => {
  expect(saidOf(name)).toBe(said);
});

test.each([
  [
    "an alias that moved",
    { event: "x", model: "fraud", alias: "champion", before: 3, after: 4, comment: "better" },
    [
      { name: "champion", before: "3", value: "4" },
      { name: "comment", value: "better" },
    ],
  ],
  [
    "a tag that is new",
    { model: "fraud", key: "team", before: null, after: "risk" },
    [{ name: "team", before: null, value: "risk" }],
  ],
  [
    "a run that ended",
    {
      run_id: "r",
      before: { status: "RUNNING", end_ms: null },
      after: { status: "FINISHED", end_ms: 1_790_000_000_000 },
    },
    [
      { name: "status", before: "RUNNING", value: "FINISHED" },
      { name: "end", before: null, value: "2026-09-21 14:13:20 UTC" },
    ],
  ],
  [
    "a comment that was taken away",
    { about: "runs/r", comment: 3, before: "nonsense", mentions: ["people/ann"] },
    [
      { name: "was", value: "nonsense" },
      { name: "mentions", value: "@ann" },
    ],
  ],
  [
    "a file",
    { owner: "runs/r", path: "a.csv", digest: "sha256:00", size: 1536, before: null, forced: false },
    [
      { name: "path", value: "a.csv" },
      { name: "digest", value: "sha256:00" },
      { name: "size", value: "1.5 kB" },
    ],
  ],
  [
    "inputs",
    { run_id: "r", datasets: [["wine", "ab12"]], models: [] },
    [{ name: "datasets", value: "wine ab12" }],
  ],
  [
    "a tag of a new run",
    { run_id: "r", name: "n", tags: { team: "risk" } },
    [
      { name: "name", value: "n" },
      { name: "team", value: "risk" },
    ],
  ],
  [
    "a plan",
    {
      deployment: "d",
      rollout: 4,
      plan: {
        steps: [0.1, 1],
        dwell_ms: 3_600_000,
        guards: [{ text: "p99 < 30ms", slow: 30 }, { kind: "odd" }],
      },
    },
    [
      { name: "rollout", value: "4" },
      { name: "steps", value: "0.1, 1" },
      { name: "dwell", value: "1 h" },
      { name: "guards", value: "p99 < 30ms, kind odd" },
    ],
  ],
  [
    "traffic that was divided anew",
    {
      event: "serving.routes.changed",
      deployment: "d",
      before: { a: 1 },
      after: { a: 0.75, b: 0.25 },
      why: "",
    },
    [
      { name: "a", before: "100 %", value: "75 %" },
      { name: "b", before: null, value: "25 %" },
    ],
  ],
  ["nothing", null, []],
])("%s is said field by field", (_, facts, fields) => {
  expect(fieldsOf(facts)).toEqual(fields);
});

test("a long value is shortened where it is shown", () => {
  expect(fieldsOf({ why: "x".repeat(500) })[0]?.value).toHaveLength(301);
});
