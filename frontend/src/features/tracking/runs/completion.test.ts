import { describe, expect, test } from "vitest";
import { apply, complete, pieceAt, placeOf } from "./completion";

const KNOWN = {
  counted: 9,
  metrics: [{ key: "val/loss", runs: 9, min: 0, max: 1 }],
  params: [{ key: "model", runs: 9, distinct: 3 }],
  tags: [],
  shown: { params: [], metrics: [] },
};

describe("completion", () => {
  test("looks at the piece after the last and", () => {
    expect(pieceAt("params.model = 'a' AND met", 26)).toEqual({ from: 23, text: "met" });
  });

  test("offers the keys that these runs have", () => {
    expect(complete("val/l", 5, KNOWN).map(({ text }) => text)).toEqual(["metrics.`val/loss`"]);
  });

  test("offers the comparisons that fit after a whole key", () => {
    expect(complete("params.model ", 13, KNOWN).map(({ text }) => text)).toContain("params.model LIKE ");
  });

  test("is quiet while a value is typed", () => {
    expect(complete("params.model = 'fo", 18, KNOWN)).toEqual([]);
  });

  test("replaces the piece and leaves the rest", () => {
    const query = "params.model = 'a' and met";
    const next = apply(query, query.length, { text: "metrics.`val/loss`", hint: "" });

    expect(next).toEqual({ query: "params.model = 'a' and metrics.`val/loss` ", cursor: 42 });
  });
});

test.each([
  [
    { start: 3, end: 7 },
    { start: 3, end: 7 },
  ],
  [{ start: "3" }, undefined],
  [{}, undefined],
])("the place of a mistake is read from %j", (facts, place) => {
  expect(placeOf(facts)).toEqual(place);
});
