import { describe, expect, test } from "vitest";
import { consequencesOf, rebalanced, thousandths, WHOLE } from "./shares";

const sum = (shares: readonly number[]) => shares.reduce((total, one) => total + one, 0);

describe("moving a share", () => {
  test("takes from the others in proportion", () => {
    expect(rebalanced([600, 300, 100], 2, 400)).toEqual([400, 200, 400]);
  });

  test("gives to the first other when nobody else has anything", () => {
    expect(rebalanced([1000, 0], 0, 250)).toEqual([250, 750]);
    expect(rebalanced([0, 1000, 0], 1, 900)).toEqual([100, 900, 0]);
  });

  test("leaves a lone route all there is", () => {
    expect(rebalanced([1000], 0, 300)).toEqual([1000]);
  });

  test("always adds up, and is what was asked for the one that was moved", () => {
    const starts = [
      [333, 333, 334],
      [1, 998, 1],
      [0, 0, 1000],
      [500, 500],
      [250, 250, 250, 250],
    ];
    for (const shares of starts)
      for (let index = 0; index < shares.length; index += 1)
        for (let value = 0; value <= WHOLE; value += 7) {
          const next = rebalanced(shares, index, value);
          expect([sum(next), next[index], Math.min(...next) >= 0]).toEqual([WHOLE, value, true]);
        }
  });
});

test.each([[[0.95, 0.05]], [[1 / 3, 1 / 3, 1 / 3]], [[1]], [[0.9995, 0.0005]]])(
  "the shares %j are read without a loss",
  (shares) => {
    expect(sum(thousandths(shares))).toBe(WHOLE);
  },
);

describe("consequences", () => {
  const change = { name: "fraud:18", before: 100, after: 300 };

  test("say from where to where, and how many requests that is", () => {
    expect(consequencesOf([change], 40, false)[0]).toBe(
      "fraud:18 answers 30 % of all requests instead of 10 %, about 12 requests a second at the present rate.",
    );
  });

  test("say when a version answers nobody any more", () => {
    expect(consequencesOf([{ ...change, after: 0 }], 40, false)[0]).toContain("answers nobody any more");
  });

  test("are none when nothing moves", () => {
    expect(consequencesOf([{ ...change, after: 100 }], 40, true)).toEqual([]);
  });
});
