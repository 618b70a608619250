import { describe, expect, test } from "vitest";
import { best, codeRows, direction, ownRows } from "./differences";

describe("the best value", () => {
  test.each([
    ["val/loss", "down"],
    ["rmse", "down"],
    ["roc_auc", "up"],
    ["accuracy", "up"],
    ["epoch", undefined],
  ] as const)("of %s is %s", (key, way) => {
    expect(direction(key)).toBe(way);
  });

  test("is marked wherever it stands, also twice", () => {
    expect([...best([1, 3, null, 3], "up")]).toEqual([1, 3]);
  });

  test("is not marked when all are equal or nothing says which way is better", () => {
    expect([best([2, 2], "up").size, best([1, 2], undefined).size]).toEqual([0, 0]);
  });
});

test("what the client notes about the code has a place of its own, and its other notes have none", () => {
  const tags = ["team", "mlflow.source.git.commit", "mlflow.runName"].map((key) => ({ key }));

  expect([codeRows(tags), ownRows(tags)]).toEqual([[{ key: "commit" }], [{ key: "team" }]]);
});
