import { queryClient } from "@/shared/api/query-client";
import { list, oneOf, type RawSearch } from "@/shared/routing/search";
import { compareQuery } from "./api/runs";
import { readChartSearch } from "./charts/chart-settings";
import { askRun } from "./run/ask-run";
import { askRuns } from "./runs/ask-runs";
import { readRunsSearch } from "./runs/runs-address";

export interface Ahead {
  /** What it matches, if anything, in parentheses is the `id`. */
  address: RegExp;
  ask: (id: string, raw: RawSearch) => void;
}

/** What the pages of this room ask first, and the code they are drawn by. Nothing here may need React: it runs before. */
export const trackingAhead: readonly Ahead[] = [
  {
    address: /^\/experiments\/([^/]+)\/?$/,
    ask: (id, raw) => {
      const search = { ...readRunsSearch(raw), ...readChartSearch(raw) };
      const { view = "table", group } = search;
      askRuns(id, search);
      fetchCode(import("./runs/runs-page"));
      fetchCode(RUNS_CODE[view === "table" && group ? "groups" : view]());
    },
  },
  {
    address: /^\/runs\/([^/]+)\/?$/,
    ask: (id, raw) => {
      const tab = oneOf(raw, "tab", ["overview", "charts", "artifacts"] as const) ?? "overview";
      void askRun(id, tab, readChartSearch(raw));
      fetchCode(import("./run/run-page"));
      fetchCode(RUN_CODE[tab]());
    },
  },
  {
    address: /^\/compare\/?$/,
    ask: (_, raw) => {
      const ids = list(raw, "runs");
      if (ids) void queryClient.prefetchQuery(compareQuery(ids));
      fetchCode(import("./compare/compare-page"));
    },
  },
];

// One function for each: where they stand in one condition, the bundler fetches the last one's code for all of them.
const RUNS_CODE = {
  table: () => import("./runs/runs-table"),
  groups: () => import("./runs/grouped-runs"),
  charts: () => Promise.all([import("./runs/runs-charts"), lines()]),
  parallel: () => import("./runs/many-runs"),
  scatter: () => import("./runs/many-runs"),
  about: () => import("./runs/experiment-about"),
} as const;

const RUN_CODE = {
  overview: () => Promise.all([import("./run/run-overview"), lines()]),
  charts: () => Promise.all([import("./run/run-charts"), lines()]),
  artifacts: () => import("@/shared/files/file-browser"),
} as const;

function lines(): Promise<unknown> {
  return import("@/shared/chart/drawn-lines");
}

/** The route asks for the same code again, and says so when it does not come. */
export function fetchCode(code: Promise<unknown>): void {
  code.catch(() => undefined);
}
