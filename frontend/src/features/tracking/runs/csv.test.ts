import { describe, expect, test } from "vitest";
import type { RunRow } from "../api/runs";
import { cell, runsCsv } from "./csv";

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

test("a run of a client that counts in nanoseconds keeps no other from being written", () => {
  const run = { id: "r", name: "n", status: "RUNNING", user: "u", started_ms: 1.7e18, ended_ms: 0 } as RunRow;

  expect(runsCsv([run], []).split("\r\n")[1]).toBe(
    "r,n,RUNNING,u,1700000000000000000,1970-01-01T00:00:00.000Z",
  );
});
