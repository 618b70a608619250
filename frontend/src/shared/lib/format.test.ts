import { describe, expect, test } from "vitest";
import { ago, bytes, duration, exactTime, figure, firstLine, isoTime, plural, utcTime } from "./format";

describe("figures", () => {
  test.each([
    [0.912345, "0.9123"],
    [64, "64"],
    [-0.5, "−0.5"],
    [1234567, "1,234,567"],
    [1.234e-7, "1.234e−7"],
    [0, "0"],
    [null, "–"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("%d is shown as %s", (value, shown) => {
    expect(figure(value)).toBe(shown);
  });

  test("a size is in the unit that a disk is sold in", () => {
    expect([0, 999, 1500, 123_456_789].map(bytes)).toEqual(["0 B", "999 B", "1.5 kB", "123 MB"]);
  });

  test("one is not many", () => {
    expect([plural(1, "run"), plural(20_000, "run")]).toEqual(["1 run", "20,000 runs"]);
  });
});

describe("times", () => {
  const now = Date.UTC(2026, 10, 20);

  test.each([
    [3_000, "just now"],
    [120_000, "2 min ago"],
    [3 * 3_600_000, "3 hr ago"],
    [24 * 3_600_000, "yesterday"],
    [400 * 24 * 3_600_000, "last year"],
  ])("%d ms before is %s", (before, words) => {
    expect(ago(now - before, now)).toBe(words);
  });

  test("a duration has its two largest units", () => {
    expect([0, 999, 95_000, 3_600_000, 90_061_000].map(duration)).toEqual([
      "0 ms",
      "999 ms",
      "1 min 35 s",
      "1 h",
      "1 d 1 h",
    ]);
  });
});

test("a cell shows the first line of a text without its marks", () => {
  expect(firstLine("\n## **Predicts** churn\nmore")).toBe("Predicts churn");
});

test("a time beyond what a date can be is shown as it came", () => {
  const nanoseconds = 1.7e18;

  expect(isoTime(nanoseconds)).toBeUndefined();
  expect(exactTime(nanoseconds)).toBe("1700000000000000000 ms after 1970");
  expect(utcTime(nanoseconds)).toBe("1700000000000000000 ms after 1970");
  expect(utcTime(0)).toBe("1970-01-01 00:00:00 UTC");
});
