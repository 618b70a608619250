import { expect, test } from "vitest";
import { addressOf, lanes } from "./lineage-lanes";

test("lanes stand in the order in which things come about", () => {
  const nodes = ["deployment", "run", "dataset", "robot"].map((kind) => ({ ref: kind, kind, label: kind }));

  expect(lanes(nodes).map(([kind]) => kind)).toEqual(["dataset", "run", "deployment", "robot"]);
});

test.each([
  ["run:4a1f", "/runs/4a1f"],
  ["version:a/b/3", "/models/a%2Fb/versions/3"],
  ["dataset:d4", undefined],
])("%s is at %s", (ref, address) => {
  expect(addressOf(ref)).toBe(address);
});
