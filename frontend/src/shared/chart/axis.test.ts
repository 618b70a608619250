import { describe, expect, test } from "vitest";
import { type Axis, decades, rounds, scaleOf } from "./axis";

function axis(values: Axis["values"], more: Partial<Axis> = {}): Axis {
  return { id: "metrics.m", label: "m", numeric: true, wide: false, values, ...more };
}

describe("the scale of an axis", () => {
  test("goes from the lowest value to the highest", () => {
    const scale = scaleOf(axis([4, 2, null, 6]), false);

    expect([2, 4, 6].map(scale.at)).toEqual([0, 0.5, 1]);
    expect(scale.at(null)).toBeNaN();
    expect(scale.say(0.5)).toBe("4");
  });

  test("begins and ends at round numbers", () => {
    const { ticks } = scaleOf(axis([0.03, 0.97]), false);

    expect([ticks.at(0), ticks.at(-1)]).toEqual([
      { at: 0, label: "0" },
      { at: 1, label: "1" },
    ]);
  });

  test("puts a single value in the middle, and marks nothing else", () => {
    expect(scaleOf(axis([3, 3]), false).ticks).toEqual([{ at: 0.5, label: "3" }]);
  });

  test("takes logarithms where they are asked for and the values are wide", () => {
    const wide = axis([0.001, 0.1, 10], { wide: true });

    expect(scaleOf(wide, true).at(0.1)).toBeCloseTo(0.5);
    expect(scaleOf(wide, false).at(0.1)).toBeLessThan(0.1);
    expect(scaleOf(axis([1, 2, 3]), true).at(2)).toBe(0.5);
  });

  test("sets words apart evenly, numbers in words in their order", () => {
    const scale = scaleOf(axis(["b10", "b9", "b10", "c"], { numeric: false }), false);

    expect(scale.ticks).toEqual([
      { at: 0, label: "b9" },
      { at: 0.5, label: "b10" },
      { at: 1, label: "c" },
    ]);
    expect(scale.at("b10")).toBe(0.5);
    expect(scale.at(null)).toBeNaN();
  });

  test("tells close values apart on its marks", () => {
    const labels = scaleOf(axis([1000.001, 1000.004]), false).ticks.map((tick) => tick.label);

    expect(new Set(labels).size).toBe(labels.length);
  });
});

describe("marks", () => {
  test("are round numbers inside the range", () => {
    expect(rounds(0, 6)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(rounds(-7, 31)).toEqual([0, 10, 20, 30]);
  });

  test("are powers of ten on a logarithm, with a step between them where they are few", () => {
    expect(decades(-5, 0).map((value) => Math.round(Math.log10(value)))).toEqual([-5, -4, -3, -2, -1, 0]);
    expect(decades(0, 2)).toEqual([1, 3, 10, 30, 100]);
  });
});
