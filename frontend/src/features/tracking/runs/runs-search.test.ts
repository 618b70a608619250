import { describe, expect, test } from "vitest";
import {
  defaultColumns,
  orderBy,
  parseColumn,
  readRunsSearch,
  readSort,
  reference,
  writeSort,
} from "./runs-search";

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

  test("without a choice are metrics and the parameters that vary", () => {
    const chosen = defaultColumns({
      metrics: [{ key: "auc", runs: 3, min: 0, max: 1 }],
      params: [
        { key: "depth", runs: 3, distinct: 2 },
        { key: "seed", runs: 3, distinct: 1 },
      ],
      tags: [],
    });

    expect(chosen.map(({ key }) => key)).toEqual(["auc", "depth"]);
  });
});

test("an unknown view is the table", () => {
  expect(readRunsSearch({ view: "evil", q: "a" })).toEqual({ q: "a" });
});
