import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/shared/routing/root";
import { compact, list, oneOf, type RawSearch, text } from "@/shared/routing/search";
import { type ChartSearch, readChartSearch } from "./charts/chart-settings";
import { type RunsSearch, readRunsSearch } from "./runs/runs-search";

export const RUN_TABS = ["overview", "charts", "artifacts"] as const;

export interface RunSearchState extends ChartSearch {
  tab?: (typeof RUN_TABS)[number] | undefined;
  path?: string | undefined;
  find?: string | undefined;
}

export interface CompareSearch extends ChartSearch {
  runs?: string[] | undefined;
  all?: "yes" | undefined;
}

const home = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./overview-page"), "OverviewPage"),
});

const experiments = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments",
  validateSearch: (raw: RawSearch): { q?: string | undefined } => compact({ q: text(raw, "q") }),
  component: lazyRouteComponent(() => import("./experiments-page"), "ExperimentsPage"),
});

const runs = createRoute({
  getParentRoute: () => rootRoute,
  path: "/experiments/$experimentId",
  validateSearch: (raw: RawSearch): RunsSearch & ChartSearch => ({
    ...readRunsSearch(raw),
    ...readChartSearch(raw),
  }),
  component: lazyRouteComponent(() => import("./runs/runs-page"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  validateSearch: (raw: RawSearch): RunSearchState => ({
    ...readChartSearch(raw),
    ...compact({ tab: oneOf(raw, "tab", RUN_TABS), path: text(raw, "path"), find: text(raw, "find") }),
  }),
  component: lazyRouteComponent(() => import("./run/run-page"), "RunPage"),
});

const compare = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: (raw: RawSearch): CompareSearch => ({
    ...readChartSearch(raw),
    ...compact({ runs: list(raw, "runs"), all: oneOf(raw, "all", ["yes"] as const) }),
  }),
  component: lazyRouteComponent(() => import("./compare/compare-page"), "ComparePage"),
});

export const trackingRoutes = [home, experiments, runs, run, compare] as const;
