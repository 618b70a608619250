import { expect, test } from "vitest";
import { readDays } from "./keep-days";

test.each([
  ["", null],
  ["  ", null],
  ["90", 90],
  [" 36500 ", 36_500],
  ["36501", undefined],
  ["0", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["ninety", undefined],
])("%j means %j days", (typed, days) => {
  expect(readDays(typed)).toBe(days);
});
