import { expect, test } from "vitest";
import { isFinal } from "./final-values";

test.each([
  [[[1], [2]], true],
  [[[1], [2, 3]], false],
  [[[null]], true],
  [[], false],
])("of the values %j it is %s that there is no course", (values, expected) => {
  expect(isFinal(values.map((y) => ({ y })))).toBe(expected);
});
