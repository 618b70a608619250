import { expect, test } from "vitest";
import { timeTicks } from "./time-ticks";

const noon = new Date(2026, 10, 21, 12, 5, 30).getTime() / 1000;
const midnight = new Date(2026, 10, 22, 0, 0, 0).getTime() / 1000;

test.each([
  ["seconds where steps are short", noon, 10, "12:05:30"],
  ["fractions of seconds where they are shorter still", noon + 0.25, 0.05, "05:30.25"],
  ["hours and minutes where they are not", noon, 300, "12:05"],
  ["the date at midnight", midnight, 3600, "22 Nov"],
  ["days where steps are days", noon, 86_400, "21 Nov"],
])("a time axis shows %s", (_, at, step, expected) => {
  expect(timeTicks([at], step)).toEqual([expected]);
});
