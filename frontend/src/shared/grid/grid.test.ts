import { describe, expect, test } from "vitest";
import { nextSort, template } from "./column";
import { move } from "./use-grid-keys";

describe("the grid's keyboard", () => {
  test.each([
    ["j", 0, 1],
    ["ArrowDown", 99, 99],
    ["k", 0, 0],
    ["PageDown", 10, 25],
    ["PageUp", 10, 0],
    ["Home", 50, 0],
    ["End", 0, 99],
    ["q", 5, null],
  ])("%s from row %d goes to %s", (key, from, to) => {
    expect(move(key, from, 100, 15)).toBe(to);
  });
});

describe("sorting by a header", () => {
  test("begins with the best figure and with the first word", () => {
    expect([
      nextSort(undefined, "loss", true).descending,
      nextSort(undefined, "name", false).descending,
    ]).toEqual([true, false]);
  });

  test("turns round on the second click", () => {
    expect(nextSort({ key: "loss", descending: true }, "loss", true)).toEqual({
      key: "loss",
      descending: false,
    });
  });
});

test("the last column takes the room that is left", () => {
  expect(template([100, 80], true)).toBe("40px 100px minmax(80px, 1fr)");
});
