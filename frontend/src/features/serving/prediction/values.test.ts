import { expect, test } from "vitest";
import { differenceWords, valueWords } from "./values";

test.each([
  [0.1, "0.1"],
  ["NO", "NO"],
  [[1, 2], "[1,2]"],
  [null, "null"],
])("the value %j is shown as it was kept", (value, expected) => {
  expect(valueWords(value)).toBe(expected);
});

test.each([
  [0, "equal"],
  [0.25, "differs by 0.25"],
  [undefined, "not kept then"],
])("the difference %s reads %s", (difference, expected) => {
  expect(differenceWords(difference)).toBe(expected);
});
