import { queryClient } from "@/shared/api/query-client";
import { askGathered, seriesQuery } from "../api/series";
import type { ChartSettings } from "./chart-settings";

const WIDTH = 800;

/** As many charts as stand on a large screen before anybody scrolls. */
export const FIRST_CHARTS = 6;

/** What the chart of one metric asks. */
export function chartQuery(
  runIds: readonly string[],
  metric: string,
  { axis, zoom }: Pick<ChartSettings, "axis" | "zoom">,
) {
  return seriesQuery({ runIds, key: metric, width: WIDTH, range: axis === "step" ? zoom : undefined, axis });
}

/** Asks what the first of these charts will ask, in one request, while their code is still on the way. */
export function askCharts(
  runIds: readonly string[],
  metrics: readonly string[],
  settings: Pick<ChartSettings, "axis" | "zoom">,
): void {
  if (runIds.length === 0) return;
  for (const metric of metrics.slice(0, FIRST_CHARTS))
    void queryClient.prefetchQuery(chartQuery(runIds, metric, settings));
  askGathered();
}
