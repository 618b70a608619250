import { expect, test } from "vitest";
import { laidOut } from "./save-picture";

test("a legend goes on in a new line where the picture ends, and keeps what is too wide for any", () => {
  expect(laidOut([40, 40, 40, 200, 10], 100)).toEqual([
    { line: 0, x: 0 },
    { line: 0, x: 54 },
    { line: 1, x: 0 },
    { line: 2, x: 0 },
    { line: 3, x: 0 },
  ]);
});
