import { expect, test } from "vitest";
import { isPlain, readRunsSearch } from "./runs-address";

test("an address that says nothing, or nothing that is understood, is plain", () => {
  expect(isPlain(readRunsSearch({}))).toBe(true);
  expect(isPlain(readRunsSearch({ view: "no such view", nonsense: 1 }))).toBe(true);
  expect(isPlain({ q: undefined })).toBe(true);
});

test("an address with a query, or the tab of another view, is not", () => {
  expect(isPlain(readRunsSearch({ q: "metrics.loss < 1" }))).toBe(false);
  expect(isPlain(readRunsSearch({ view: "charts" }))).toBe(false);
});
