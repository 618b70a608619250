import { describe, expect, test } from "vitest";
import type { Axis } from "@/shared/chart/axis";
import { between, correlation, importance, ranks } from "./importance";

function axis(id: string, values: (number | string | null)[]): Axis {
  return { id, label: id, numeric: values.every((value) => typeof value !== "string"), wide: false, values };
}

describe("ranks", () => {
  test("are shared by equal values", () => {
    expect(ranks([10, 30, 10, 20])).toEqual([1.5, 4, 1.5, 3]);
  });
});

describe("importance", () => {
  const loss = axis("metrics.loss", [1, 2, 3, 4, 5, 6]);

  test("is whole for a setting that orders the runs as the result does, whatever its scale", () => {
    const [rate] = importance([axis("params.rate", [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1])], loss);

    expect(rate).toEqual({ id: "params.rate", share: 1, rises: true, runs: 6 });
  });

  test("is none for a setting that never changes", () => {
    expect(importance([axis("params.seed", [7, 7, 7, 7, 7, 7])], loss)[0]?.share).toBe(0);
  });

  test("of words is the spread between their groups", () => {
    const kind = axis("params.kind", ["a", "a", "a", "b", "b", "b"]);

    expect(importance([kind], loss)[0]?.share).toBeCloseTo(13.5 / 17.5);
  });

  test("says nothing of a word that names each run, or of too few runs", () => {
    const names = axis("params.name", ["a", "b", "c", "d", "e", "f"]);
    const few = axis("params.rare", [1, 2, null, null, null, null]);

    expect(importance([names, few], loss)).toEqual([]);
  });

  test("puts the strongest first", () => {
    const noise = axis("params.noise", [3, 1, 2, 6, 4, 5]);
    const rate = axis("params.rate", [6, 5, 4, 3, 2, 1]);

    expect(importance([noise, rate], loss).map(({ id }) => id)).toEqual(["params.rate", "params.noise"]);
  });
});

test("what does not vary goes along with nothing", () => {
  expect([correlation([1, 1], [1, 2]), between(["a", "b"], [3, 3])]).toEqual([0, 0]);
});
