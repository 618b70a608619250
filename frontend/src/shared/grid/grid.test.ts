import { describe, expect, test } from "vitest";
import { fitting, nextSort, offsets, pinnedFirst, template, widthsOf } from "./column";
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

test("on a phone the first column leaves room for the second, unless its width was chosen", () => {
  const columns = ["name", "runs"].map((id) => ({ id, header: id, width: 340, render: () => null }));

  expect(widthsOf(columns, undefined, false)).toEqual([340, 340]);
  expect(widthsOf(columns, undefined, true)).toEqual([170, 340]);
  expect(widthsOf(columns, new Map([["name", 300]]), true)).toEqual([300, 340]);
});

describe("pinned columns", () => {
  const columns = ["name", "a", "b", "c"].map((id) => ({ id, header: id, width: 100, render: () => null }));

  test("follow the first one, in their own order", () => {
    expect(pinnedFirst(columns, ["c", "a"]).map(({ id }) => id)).toEqual(["name", "a", "c", "b"]);
  });

  test("stay beside each other at the edge", () => {
    expect(offsets([240, 100, 80], 2)).toEqual([0, 240, undefined]);
  });
});

test.each([
  [10, 56],
  [120.4, 120],
  [5000, 900],
])("a column dragged to %d is %d wide", (dragged, width) => {
  expect(fitting(dragged)).toBe(width);
});
