import { describe, expect, test } from "vitest";
import { compact, list, number, oneOf, pair, text } from "./search";

describe("an address typed by hand", () => {
  test("gives what fits", () => {
    const raw = { q: "loss", n: "3", view: "charts", ids: ["a", "b"], zoom: [1, 9] };

    expect([
      text(raw, "q"),
      number(raw, "n"),
      oneOf(raw, "view", ["charts"]),
      list(raw, "ids"),
      pair(raw, "zoom"),
    ]).toEqual(["loss", 3, "charts", ["a", "b"], [1, 9]]);
  });

  test.each([
    [() => text({ q: { a: 1 } }, "q")],
    [() => number({ n: "many" }, "n")],
    [() => oneOf({ view: "evil" }, "view", ["charts"])],
    [() => list({ ids: "a" }, "ids")],
    [() => list({ ids: [1, 2] }, "ids")],
    [() => pair({ zoom: [9, 1] }, "zoom")],
    [() => pair({ zoom: ["a", "b"] }, "zoom")],
  ])("is as if empty where it does not fit", (read) => {
    expect(read()).toBeUndefined();
  });

  test("is clean in the default view", () => {
    expect(compact({ q: undefined, n: 1 })).toEqual({ n: 1 });
  });
});
