import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/shared/api/query-client";
import { askAhead } from "./ahead";

// The code that draws needs a browser; only what is asked is looked at here.
vi.mock("./overview/overview-page", () => ({}));
vi.mock("@/features/tracking/run/run-page", () => ({}));
vi.mock("@/features/tracking/run/run-overview", () => ({}));
vi.mock("@/features/tracking/run/run-charts", () => ({}));
vi.mock("@/shared/files/file-browser", () => ({}));
vi.mock("@/shared/chart/drawn-lines", () => ({}));
vi.mock("@/features/tracking/compare/compare-page", () => ({}));
vi.mock("@/features/tracking/runs/runs-page", () => ({}));
vi.mock("@/features/tracking/runs/runs-table", () => ({}));
vi.mock("@/features/tracking/runs/grouped-runs", () => ({}));
vi.mock("@/features/tracking/runs/runs-charts", () => ({}));
vi.mock("@/features/tracking/runs/many-runs", () => ({}));
vi.mock("@/features/tracking/runs/experiment-about", () => ({}));

let asked: unknown[] = [];

beforeEach(() => {
  asked = [];
  const note = async (options: { queryKey: readonly unknown[] }) => {
    asked.push(options.queryKey.slice(0, 2).join(" "));
  };
  vi.spyOn(queryClient, "prefetchQuery").mockImplementation(note);
  vi.spyOn(queryClient, "fetchQuery").mockImplementation(async (options) => {
    await note(options);
    return { items: [] };
  });
  vi.spyOn(queryClient, "prefetchInfiniteQuery").mockImplementation(note);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const RUNS = ["experiment 7", "views experiments/7/runs"];

test.each([
  ["/", "", ["experiments lately used"]],
  ["/runs/4a1f", "?tab=charts", ["run 4a1f"]],
  ["/runs/4a1f", "?tab=artifacts", ["run 4a1f"]],
  ["/compare", `?runs=${encodeURIComponent('["a","b"]')}`, ["runs compare"]],
  ["/compare", "", []],
  ["/experiments/7", "", [...RUNS, "runs columns"]],
  ["/experiments/7", "?view=charts", [...RUNS, "runs columns"]],
  ["/experiments/7", "?group=params.p", [...RUNS, "runs columns", "runs groups"]],
  [
    "/experiments/7",
    `?view=scatter&cols=${encodeURIComponent('["metrics.m"]')}`,
    [...RUNS, "runs columns", "runs many", "runs search"],
  ],
  ["/jobs", "", []],
])(
  "at %s%s the first questions go out before any code that draws is there",
  async (pathname, search, expected) => {
    askAhead({ pathname, search });

    await vi.waitFor(() => expect(asked).toEqual(expected));
  },
);
