import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense } from "react";
import type { LineChartProps } from "./drawn-lines";

const DrawnLines = lazyRouteComponent(() => import("./drawn-lines"), "DrawnLines");

/** The drawing library, which a page that will show lines fetches ahead of their data (`codeOf`). */
export const linesCode = DrawnLines;

/** Every line over steps or time on the page. Drag to zoom, double-click to see all. Its library weighs a sixth of
 *  a first visit, so that it comes only to pages that draw, after the words on them. */
export function LineChart(props: LineChartProps) {
  return (
    <Suspense fallback={<div style={{ height: props.height ?? 240 }} />}>
      <DrawnLines {...props} />
    </Suspense>
  );
}
