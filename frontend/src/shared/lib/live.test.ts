import { expect, test } from "vitest";
import { pace } from "./live";

test.each([
  ["told", true, 2_000],
  ["told", false, false],
  ["asking", true, 2_000],
  ["asking", false, 15_000],
  ["paused", true, false],
  ["paused", false, false],
] as const)("a page that is %s asks again for what is changing (%s) after %s", (how, changing, ms) => {
  expect(pace(how, changing)).toBe(ms);
});
