import { expect, test } from "vitest";
import type { Attribution } from "../api/attribution";
import { attributedWords, differenceWords, signed, valueWords } from "./values";

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

test("an attribution is told as a sum", () => {
  const found = { output: "p[1]", answer: 0.75, base: 0.25, background_rows: 1 } as Attribution;

  expect(attributedWords(found)).toBe(
    "p[1] = 0.75: 0.25, the mean of 1 background row, and what is due to each feature.",
  );
  expect([0.5, 0, -0.5].map(signed)).toEqual(["+0.5", "0", "−0.5"]);
});
