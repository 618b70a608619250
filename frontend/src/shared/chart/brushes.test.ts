import { describe, expect, test } from "vitest";
import { dragged, pickedBy } from "./brushes";

const PLACES = [Float64Array.of(0, 0.5, 1, Number.NaN), Float64Array.of(1, 0.5, 0, 0.5)];

describe("what is picked", () => {
  test("is what every brush holds, and nothing without a brush", () => {
    expect(pickedBy(new Map([[0, [0.4, 1]]]), PLACES)).toEqual([1, 2]);
    expect(
      pickedBy(
        new Map([
          [0, [0.4, 1]],
          [1, [0.4, 1]],
        ]),
        PLACES,
      ),
    ).toEqual([1]);
    expect(pickedBy(new Map(), PLACES)).toEqual([]);
  });

  test("leaves out what has no value on a brushed axis", () => {
    expect(pickedBy(new Map([[0, [0, 1]]]), PLACES)).toEqual([0, 1, 2]);
  });
});

describe("a drag", () => {
  test("makes a brush, upwards or downwards", () => {
    expect(dragged(undefined, 0.2, 0.6)).toEqual([0.2, 0.6]);
    expect(dragged(undefined, 0.6, 0.2)).toEqual([0.2, 0.6]);
  });

  test("moves the end where it begins, past the other one too, and no further than the axis", () => {
    expect(dragged([0.2, 0.6], 0.6, 0.9)).toEqual([0.2, 0.9]);
    expect(dragged([0.2, 0.6], 0.2, 0.8)).toEqual([0.6, 0.8]);
    expect(dragged([0.2, 0.6], 0.6, 1.3)).toEqual([0.2, 1]);
  });

  test("that goes nowhere clears", () => {
    expect(dragged([0.2, 0.6], 0.8, 0.8)).toBeUndefined();
  });
});
