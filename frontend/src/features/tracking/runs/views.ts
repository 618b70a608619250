import { lazyRouteComponent } from "@tanstack/react-router";
import { linesCode } from "@/shared/chart/line-chart";
import { codeOf } from "@/shared/routing/part";
import type { RunsSearch } from "./runs-address";

// Each view comes with the first look at it, so that a link to one does not pay for the others.
export const RunsTable = lazyRouteComponent(() => import("./runs-table"), "RunsTable");
export const GroupedRuns = lazyRouteComponent(() => import("./grouped-runs"), "GroupedRuns");
export const RunsCharts = lazyRouteComponent(() => import("./runs-charts"), "RunsCharts");
export const ExperimentAbout = lazyRouteComponent(() => import("./experiment-about"), "ExperimentAbout");
export const ManyRuns = lazyRouteComponent(() => import("./many-runs"), "ManyRuns");

/** The code of the view that an address shows. */
export function codeOfView({ view = "table", group }: Pick<RunsSearch, "view" | "group">): Promise<unknown> {
  if (view === "charts") return codeOf(RunsCharts, linesCode);
  if (view === "table") return codeOf(group ? GroupedRuns : RunsTable);
  return codeOf(view === "about" ? ExperimentAbout : ManyRuns);
}
