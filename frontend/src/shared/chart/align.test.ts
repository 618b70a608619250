import { describe, expect, test } from "vitest";
import { align, alone, type Line, summarise } from "./align";
import { smooth } from "./smoothing";

function line(x: number[], y: (number | null)[]): Line {
  return { key: "k", label: "k", colour: "red", dash: [], x, y };
}

describe("lines with different steps", () => {
  test("share one ascending axis, and a step that a line lacks is no gap", () => {
    const [xs, a, b] = align([line([3, 1], [30, 10]), line([2, 3], [null, 5])]);

    expect(xs).toEqual([1, 2, 3]);
    expect(a).toEqual([10, undefined, 30]);
    expect(b).toEqual([undefined, null, 5]);
  });

  test("are points where no line reaches: between gaps, not where a line is drawn through", () => {
    expect(alone([1, null, 2, undefined, null, 3, undefined, 4, null, undefined, 5])).toEqual([0, 2, 10]);
    expect(alone([undefined, 7, undefined])).toEqual([1]);
    expect(alone([1, 2])).toEqual([]);
  });

  test("no line is an empty axis", () => {
    expect(align([])).toEqual([[]]);
  });

  test("are told in words by first, last, lowest and highest", () => {
    expect(summarise(line([0, 1, 2], [2, null, -1]))).toMatchObject({ first: 2, last: -1, min: -1, max: 2 });
  });
});

describe("smoothing", () => {
  test("leaves values as they are at weight zero", () => {
    expect(smooth([1, null, 3], 0)).toEqual([1, null, 3]);
  });

  test("leaves a constant constant, from the first point on", () => {
    const even = smooth([5, 5, 5, 5], 0.9).map((value) => Number(value?.toFixed(9)));

    expect(even).toEqual([5, 5, 5, 5]);
  });

  test("keeps gaps and does not let them pull the average", () => {
    const [, gap, after] = smooth([2, null, 2], 0.5);

    expect([gap, after]).toEqual([null, 2]);
  });
});
