import { afterEach, expect, test, vi } from "vitest";
import { recentQueries, rememberQuery, withQuery } from "./recent-queries";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A browser's storage that holds this, or fails. */
function storage(held: string | null | Error) {
  const kept = { value: held };
  const use = <Answer>(answer: () => Answer): Answer => {
    if (kept.value instanceof Error) throw kept.value;
    return answer();
  };
  vi.stubGlobal("window", {
    localStorage: {
      getItem: () => use(() => kept.value),
      setItem: (_: string, value: string) =>
        use(() => {
          kept.value = value;
        }),
    },
  });
}

test("the newest stands first, each once, and no more than fit under the box", () => {
  expect(withQuery(["a", "b"], "b")).toEqual(["b", "a"]);
  expect(withQuery(["1", "2", "3", "4", "5", "6", "7", "8"], "9")).toHaveLength(8);
});

test("what was asked is found again", () => {
  storage(null);
  rememberQuery("metrics.auc > 0.9");
  rememberQuery("");
  rememberQuery("params.p = 'a'");

  expect(recentQueries()).toEqual(["params.p = 'a'", "metrics.auc > 0.9"]);
});

test.each([["{"], ['{"a": 1}'], [new Error("no storage")]])("a storage with %s remembers nothing", (held) => {
  storage(held);
  rememberQuery("q");

  expect(recentQueries().filter((query) => query !== "q")).toEqual([]);
});
