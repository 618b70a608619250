import { expect, test } from "vitest";
import { pagesOf } from "./run-pages";

test.each([
  [0, 30, [0]],
  [90, 120, [0, 1]],
  [19_950, 19_999, [199]],
  [0, 0, [0]],
])("rows %d to %d are on pages %j", (first, last, pages) => {
  expect(pagesOf(first, last)).toEqual(pages);
});
