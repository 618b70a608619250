import { expect, test } from "vitest";
import { areDates, countsFrom, durationTicks, splitsSince, timeTicks } from "./time-ticks";

const noon = new Date(2026, 10, 21, 12, 5, 30).getTime() / 1000;
const midnight = new Date(2026, 10, 22, 0, 0, 0).getTime() / 1000;

test.each([
  ["seconds where steps are short", noon, 10, "12:05:30"],
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

test.each([
  [
    "milliseconds of a rollout that was taken back at once",
    0.02,
    0.005,
    ["0 ms", "5 ms", "10 ms", "15 ms", "20 ms"],
  ],
  ["parts of seconds", 1.2, 0.5, ["0 s", "0.5 s", "1 s"]],
  ["seconds", 45, 20, ["0 s", "20 s", "40 s"]],
])("%s are counted from the first moment", (_, lasts, step, expected) => {
  const first = noon + 0.3137;
  expect(countsFrom(first, first + lasts)).toBe(first);
  expect(durationTicks(first, splitsSince(first, [first, first + lasts], step))).toEqual(expected);
});

test("a minute and more, or a single moment, is a time of day", () => {
  expect(countsFrom(noon, noon + 60)).toBeUndefined();
  expect(countsFrom(noon, noon)).toBeUndefined();
  expect(countsFrom(undefined, undefined)).toBeUndefined();
});
