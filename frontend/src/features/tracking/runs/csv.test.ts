import { describe, expect, test } from "vitest";
import { cell } from "./csv";

describe("a cell of the CSV file", () => {
  test.each([
    ["plain", "plain"],
    ['say "a, b"', '"say ""a, b"""'],
    ["two\nlines", '"two\nlines"'],
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    [-0.5, "-0.5"],
    [null, ""],
  ])("%j is written %j", (value, written) => {
    expect(cell(value)).toBe(written);
  });
});
