import { describe, expect, test } from "vitest";
import { readRunsSearch } from "./runs-address";
import { choicesFrom, orderBy, parseColumn, readSort } from "./runs-question";
import { columnId, flipped, readWidths, reference, withinGroup, writeSort, writeWidths } from "./runs-search";

describe("keys in the query language", () => {
  test.each([
    ["loss", "metrics.loss"],
    ["val/loss", "metrics.`val/loss`"],
    ["a`b", 'metrics."a`b"'],
    ["1st", "metrics.`1st`"],
  ])("%s is written %s", (key, written) => {
    expect(reference("metrics", key)).toBe(written);
  });
});

describe("the order in the address", () => {
  test("comes back as it was written", () => {
    const sort = { key: "metrics.loss", descending: true };

    expect(readSort(writeSort(sort))).toEqual(sort);
  });

  test("is the server's order", () => {
    expect([orderBy(readSort("-metrics.loss")), orderBy(undefined)]).toEqual([["metrics.loss DESC"], []]);
  });
});

describe("columns", () => {
  test("are told from their ids, and what is none is left out", () => {
    expect([parseColumn("params.a.b"), parseColumn("evil.a"), parseColumn("metrics.")]).toEqual([
      { kind: "params", key: "a.b" },
      undefined,
      undefined,
    ]);
  });

  test("are those of the server until some are chosen", () => {
    const known = { shown: { metrics: ["auc"], params: ["depth"] } };

    expect(choicesFrom({}, known).map(columnId)).toEqual(["metrics.auc", "params.depth"]);
    expect(choicesFrom({ cols: ["tags.t"] }, known).map(columnId)).toEqual(["tags.t"]);
  });
});

test("an unknown view is the table", () => {
  expect(readRunsSearch({ view: "evil", q: "a" })).toEqual({ q: "a" });
});

test("what a plot shows is part of the address", () => {
  const shown = {
    view: "scatter",
    colour: "metrics.auc",
    logs: "yes",
    across: "params.depth",
    up: "metrics.auc",
    result: "metrics.loss",
  };

  expect(readRunsSearch(shown)).toEqual(shown);
  expect(readRunsSearch({ logs: "no", colour: {} })).toEqual({});
});

describe("a group's runs", () => {
  test.each([
    ["", "params.model", "forest", "params.model = 'forest'"],
    ["metrics.auc > 0.9", "params.model", "it's", 'metrics.auc > 0.9 and params.model = "it\'s"'],
    ["", "tags.team", null, "tags.team IS NULL"],
    ["", "params.p", "both ' and \"", undefined],
  ])("of %j by %s = %j are found by %j", (query, by, value, expected) => {
    expect(withinGroup(query, by, value)).toBe(expected);
  });
});

test("widths come back as they were written, and what is none is left out", () => {
  const widths = new Map([["metrics.val:loss", 180]]);

  expect([...readWidths(writeWidths(widths))]).toEqual([...widths]);
  expect(readWidths([":9", "a", "a:x", "a:-1"]).size).toBe(0);
});

test("a pin is set and taken away", () => {
  expect([flipped(["a"], "b"), flipped(["a", "b"], "a"), flipped(["a"], "a")]).toEqual([
    ["a", "b"],
    ["b"],
    undefined,
  ]);
});
