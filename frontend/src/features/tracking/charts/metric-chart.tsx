import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import type { Line } from "@/shared/chart/align";
import { LineChart, linesCode } from "@/shared/chart/line-chart";
import { savePicture } from "@/shared/chart/save-picture";
import { plural } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { codeOf } from "@/shared/routing/part";
import { IconButton } from "@/shared/ui/button";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { type Run, type Series, seriesQuery } from "../api/runs";
import type { ChartSettings } from "./chart-settings";
import { useOnScreen } from "./use-on-screen";

export interface ChartedRun {
  id: string;
  name: string;
  running: boolean;
  /** Its place among the runs shown, which decides its colour on every chart. */
  place: number;
}

/** A run that has its charts for itself. */
export function alone(run: Run): ChartedRun {
  return { id: run.id, name: run.name, running: run.status === "RUNNING", place: 0 };
}

interface MetricChartProps {
  metric: string;
  runs: readonly ChartedRun[];
  settings: ChartSettings;
  onSettings: (change: Partial<ChartSettings>) => void;
}

const WIDTH = 800;

export function MetricChart({ metric, runs, settings, onSettings }: MetricChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const seen = useOnScreen(holder);
  useEffect(() => void codeOf(linesCode), []);
  const refetchInterval = useLive(runs.some((run) => run.running));
  const { axis, log, smoothing, zoom } = settings;
  const range = axis === "step" ? zoom : undefined;
  const answer = useQuery({
    ...seriesQuery({ runIds: runs.map((run) => run.id), key: metric, width: WIDTH, range, axis }),
    refetchInterval,
    enabled: seen,
  });
  const shade = useShade();
  const lines = useMemo(
    () => linesOf(answer.data?.series ?? [], runs, axis, shade),
    [answer.data, runs, axis, shade],
  );
  const total = (answer.data?.series ?? []).reduce((sum, series) => sum + series.total, 0);
  const sampled = (answer.data?.series ?? []).some((series) => series.sampled);
  return (
    <div ref={holder}>
      <Panel
        title={metric}
        actions={
          <>
            <Quiet>{plural(total, "point") + (sampled ? ", peaks kept" : "")}</Quiet>
            <IconButton
              small
              icon="download"
              label={`Save ${metric} as a picture`}
              onClick={() => savePicture(holder.current, metric)}
            />
          </>
        }
      >
        <Loaded of={answer} lines={8}>
          <LineChart
            title={metric}
            lines={lines}
            xLabel={axis}
            logY={log}
            smoothing={smoothing}
            range={range}
            onRange={(next) => axis === "step" && onSettings({ zoom: next ? [...next] : undefined })}
            sync="metrics"
          />
        </Loaded>
      </Panel>
    </div>
  );
}

function linesOf(
  series: readonly Series[],
  runs: readonly ChartedRun[],
  axis: "step" | "time",
  shade: "light" | "dark",
): Line[] {
  return runs.flatMap((run) => {
    const found = series.find((item) => item.run_id === run.id);
    if (!found || found.values.length === 0) return [];
    return {
      key: run.id,
      label: run.name,
      ...mark(run.place, shade),
      x: axis === "step" ? found.steps : found.times_ms.map((ms) => ms / 1000),
      y: found.values,
    };
  });
}
