import { queryClient } from "@/shared/api/query-client";
import { type Run, runQuery } from "../api/runs";
import { askCharts } from "../charts/chart-query";
import { type ChartSearch, toSettings } from "../charts/chart-settings";

/** Asks for a run and, once it is known which metrics it has, for the series that its page shows first. What is refused
 *  is asked again by the page, which says so. */
export async function askRun(
  id: string,
  tab: "overview" | "charts" | "artifacts",
  search: ChartSearch,
): Promise<void> {
  await queryClient.prefetchQuery(runQuery(id));
  const run = queryClient.getQueryData(runQuery(id).queryKey);
  if (!run || tab === "artifacts") return;
  const metrics = tab === "charts" ? run.metrics : overviewMetrics(run);
  askCharts(
    [id],
    metrics.map(({ key }) => key),
    toSettings(search),
  );
}

const OVERVIEW_CHARTS = 2;

/** The metrics that are drawn beside all the other facts of a run: the first that have a course. */
export function overviewMetrics(run: Run): Run["metrics"] {
  return run.metrics.filter((metric) => metric.count > 1).slice(0, OVERVIEW_CHARTS);
}
