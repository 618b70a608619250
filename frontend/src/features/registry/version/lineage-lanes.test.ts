import { expect, test } from "vitest";
import { addressOf, heldAs, labelOf, lanes } from "./lineage-lanes";

test("lanes stand in the order in which things come about", () => {
  const nodes = ["deployments", "runs", "datasets", "robots"].map((kind) => ({ ref: kind, kind }));

  expect(lanes(nodes).map(([kind]) => kind)).toEqual(["datasets", "runs", "deployments", "robots"]);
});

test.each([
  ["runs/4a1f", "/runs/4a1f"],
  ["models/a/b/versions/3", "/models/a%2Fb/versions/3"],
  ["datasets/d4", undefined],
])("%s is at %s", (ref, address) => {
  expect(addressOf(ref)).toBe(address);
});

test.each([
  ["models/churn/versions/3", "churn 3"],
  ["runs/0123456789abcdef0123456789abcdef", "0123456789ab…"],
  ["datasets/d4", "d4"],
])("%s is called %s", (ref, label) => {
  expect(labelOf(ref)).toBe(label);
});

test.each([
  ["models/fraud/aliases/champion", "alias @champion"],
  ["models/fraud/versions/3", "copy fraud 3"],
  ["deployments/scoring", "deployment scoring"],
  ["odd", "odd"],
])("what holds a version, %s, is said as %s", (ref, words) => {
  expect(heldAs(ref)).toBe(words);
});

test("a run goes by its name once that is known", () => {
  const ref = `runs/${"4a".repeat(16)}`;

  expect([labelOf(ref), labelOf(ref, new Map([["4a".repeat(16), "bold-fox"]]))]).toEqual([
    "4a4a4a4a4a4a…",
    "bold-fox",
  ]);
});
