import { expect, test } from "vitest";
import { areDates, timeTicks } from "./time-ticks";

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

test.each([
  ["seconds since 1970", [noon, midnight], true],
  ["nothing", [undefined, undefined], true],
  ["nanoseconds", [noon, 1.7e15], false],
  ["a range of somebody else's making", [noon, noon, Number.NEGATIVE_INFINITY, 0], false],
])("%s can stand on a time axis, or cannot", (_, times, expected) => {
  expect(areDates(times)).toBe(expected);
});
