import { lazyRouteComponent } from "@tanstack/react-router";
import { linesCode } from "@/shared/chart/line-chart";
import { codeOf } from "@/shared/routing/part";

// Each part comes with the first look at it, so that a link to one does not pay for the others.
export const RunOverview = lazyRouteComponent(() => import("./run-overview"), "RunOverview");
export const RunCharts = lazyRouteComponent(() => import("./run-charts"), "RunCharts");
export const RunFiles = lazyRouteComponent(() => import("@/shared/files/file-browser"), "FileBrowser");

export const RUN_TABS = ["overview", "charts", "artifacts"] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** The code of what a tab shows. */
export function codeOfTab(tab: RunTab = "overview"): Promise<unknown> {
  if (tab === "artifacts") return codeOf(RunFiles);
  return codeOf(tab === "charts" ? RunCharts : RunOverview, linesCode);
}
