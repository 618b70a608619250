import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/shared/api/query-client";
import { askAhead } from "./ahead";

// The code that draws needs a browser; only what is asked is looked at here.
vi.mock("@/features/tracking/overview-page", () => ({}));
vi.mock("@/features/tracking/run/run-page", () => ({}));
vi.mock("@/features/tracking/compare/compare-page", () => ({}));
vi.mock("@/features/tracking/runs/runs-page", () => ({}));
vi.mock("@/features/tracking/runs/runs-table", () => ({}));
vi.mock("@/features/tracking/runs/grouped-runs", () => ({}));
vi.mock("@/features/tracking/runs/many-runs", () => ({}));

const NOTHING = { counted: 0, params: [], metrics: [], tags: [] };
let asked: unknown[] = [];

beforeEach(() => {
  asked = [];
  const note = (answer: unknown) => async (options: { queryKey: readonly unknown[] }) => {
    asked.push(options.queryKey.slice(0, 2).join(" "));
    return answer as never;
  };
  vi.spyOn(queryClient, "prefetchQuery").mockImplementation(note(undefined));
  vi.spyOn(queryClient, "prefetchInfiniteQuery").mockImplementation(note(undefined));
  vi.spyOn(queryClient, "fetchQuery").mockImplementation(note(NOTHING));
});

afterEach(() => {
  vi.restoreAllMocks();
});

const RUNS = ["experiment 7", "views experiments/7/runs"];

test.each([
  ["/", "", ["experiments "]],
  ["/runs/4a1f", "?tab=charts", ["run 4a1f"]],
  ["/compare", `?runs=${encodeURIComponent('["a","b"]')}`, ["runs compare"]],
  ["/compare", "", []],
  ["/experiments/7", "", ["runs columns", ...RUNS, "runs search"]],
  ["/experiments/7", "?group=params.p", ["runs columns", "runs groups", ...RUNS, "runs search"]],
  ["/experiments/7", "?view=scatter", ["runs columns", ...RUNS, "runs many", "runs search"]],
  ["/jobs", "", []],
])(
  "at %s%s the first questions go out before any code that draws is there",
  async (pathname, search, expected) => {
    askAhead({ pathname, search });

    await vi.waitFor(() => expect(asked).toEqual(expected));
  },
);
