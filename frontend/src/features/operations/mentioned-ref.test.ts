import { expect, test } from "vitest";
import { mentionedRef } from "./mentioned-ref";

test.each([
  ["ann", "people/ann"],
  [" @ann ", "people/ann"],
  ["models/churn", "models/churn"],
  ["@", undefined],
  ["", undefined],
])("%o means %s", (words, ref) => {
  expect(mentionedRef(words)).toBe(ref);
});
