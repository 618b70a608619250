import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { queryClient } from "@/shared/api/query-client";
import { linesCode } from "@/shared/chart/line-chart";
import { codeOf } from "@/shared/routing/part";
import { rootRoute } from "@/shared/routing/root";
import { compact, list, oneOf, type RawSearch, text } from "@/shared/routing/search";
import { datasetQuery } from "./api/datasets";
import { experimentsQuery } from "./api/experiments";
import { compareQuery } from "./api/runs";
import { type ChartSearch, readChartSearch } from "./charts/chart-settings";
import { askRun } from "./run/ask-run";
import { codeOfTab, RUN_TABS, type RunTab } from "./run/tabs";
import { askRuns } from "./runs/ask-runs";
import { type RunsSearch, readRunsSearch } from "./runs/runs-address";
import { codeOfView } from "./runs/views";

export interface RunSearchState extends ChartSearch {
  tab?: RunTab | undefined;
  path?: string | undefined;
  find?: string | undefined;
}

export interface CompareSearch extends ChartSearch {
  runs?: string[] | undefined;
  all?: "yes" | undefined;
}

const experiments = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments",
  validateSearch: (raw: RawSearch): { q?: string | undefined } => compact({ q: text(raw, "q") }),
  beforeLoad: ({ cause, search }) => {
    if (cause === "enter") void queryClient.prefetchInfiniteQuery(experimentsQuery(search.q ?? ""));
  },
  component: lazyRouteComponent(() => import("./experiments-page"), "ExperimentsPage"),
});

const runs = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId",
  validateSearch: (raw: RawSearch): RunsSearch & ChartSearch => ({
    ...readRunsSearch(raw),
    ...readChartSearch(raw),
  }),
  beforeLoad: ({ cause, params, search }) => {
    if (cause === "enter") askRuns(params.experimentId, search);
  },
  loaderDeps: ({ search: { view, group } }) => ({ view, group }),
  loader: ({ deps }) => codeOfView(deps),
  component: lazyRouteComponent(() => import("./runs/runs-page"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  validateSearch: (raw: RawSearch): RunSearchState => ({
    ...readChartSearch(raw),
    ...compact({ tab: oneOf(raw, "tab", RUN_TABS), path: text(raw, "path"), find: text(raw, "find") }),
  }),
  beforeLoad: ({ cause, params, search }) => {
    if (cause === "enter") void askRun(params.runId, search.tab ?? "overview", search);
  },
  loaderDeps: ({ search: { tab } }) => ({ tab }),
  loader: ({ deps }) => codeOfTab(deps.tab),
  component: lazyRouteComponent(() => import("./run/run-page"), "RunPage"),
});

const compare = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: (raw: RawSearch): CompareSearch => ({
    ...readChartSearch(raw),
    ...compact({ runs: list(raw, "runs"), all: oneOf(raw, "all", ["yes"] as const) }),
  }),
  beforeLoad: ({ cause, search: { runs: ids } }) => {
    if (cause === "enter" && ids) void queryClient.prefetchQuery(compareQuery(ids));
  },
  loader: () => codeOf(linesCode),
  component: lazyRouteComponent(() => import("./compare/compare-page"), "ComparePage"),
});

const dataset = createRoute({
  getParentRoute: () => rootRoute,
  path: "/datasets/$name/$digest",
  beforeLoad: ({ cause, params }) => {
    if (cause === "enter") void queryClient.prefetchQuery(datasetQuery(params));
  },
  component: lazyRouteComponent(() => import("./dataset/dataset-page"), "DatasetPage"),
});

export const trackingRoutes = [experiments, runs, run, compare, dataset] as const;
