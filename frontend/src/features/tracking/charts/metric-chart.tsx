import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { Line } from "@/shared/chart/align";
import { LineChart, linesCode } from "@/shared/chart/line-chart";
import { savePicture } from "@/shared/chart/picture";
import { plural } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { useOnScreen } from "@/shared/lib/use-on-screen";
import { useSame } from "@/shared/lib/use-same";
import { codeOf } from "@/shared/routing/part";
import { IconButton } from "@/shared/ui/button";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import type { Run } from "../api/runs";
import type { Series } from "../api/series";
import { chartQuery } from "./chart-query";
import type { ChartSettings } from "./chart-settings";
import { FinalValues, isFinal } from "./final-values";

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

/** What a chart takes under its title; with another height the page would jump. */
const FRAME = 280;

/** The chart of one metric. Of those further down the page only the frame stands until somebody comes near. */
export function MetricChart(props: MetricChartProps) {
  const { metric, settings } = props;
  const runs = useSame(props.runs);
  const holder = useRef<HTMLDivElement>(null);
  const near = useOnScreen(holder);
  const client = useQueryClient();
  const { queryKey } = chartQuery(idsOf(runs), metric, settings);
  const isAsked = near || client.getQueryState(queryKey) !== undefined;
  return (
    <div ref={holder}>
      {isAsked ? (
        <AskedChart {...props} runs={runs} holder={holder} />
      ) : (
        <Panel title={metric}>
          <div style={{ height: FRAME }} />
        </Panel>
      )}
    </div>
  );
}

function idsOf(runs: readonly ChartedRun[]): string[] {
  return runs.map((run) => run.id);
}

type AskedChartProps = MetricChartProps & { holder: RefObject<HTMLDivElement | null> };

function AskedChart({ metric, runs, settings, onSettings, holder }: AskedChartProps) {
  useEffect(() => void codeOf(linesCode), []);
  const refetchInterval = useLive(runs.some((run) => run.running));
  const { axis, log, smoothing, zoom } = settings;
  const range = axis === "step" ? zoom : undefined;
  const answer = useQuery({ ...chartQuery(idsOf(runs), metric, settings), refetchInterval });
  const shade = useShade();
  const lines = useMemo(
    () => linesOf(answer.data?.series ?? [], runs, axis, shade),
    [answer.data, runs, axis, shade],
  );
  const final = isFinal(lines);
  return (
    <Panel
      title={metric}
      actions={
        <>
          {answer.data && <Quiet>{pointsWords(answer.data.series)}</Quiet>}
          {!final && (
            <IconButton
              small
              icon="download"
              label={`Save ${metric} as a picture`}
              onClick={() => savePicture(holder.current, metric)}
            />
          )}
        </>
      }
    >
      <Loaded of={answer} lines={8}>
        {final ? (
          <FinalValues title={metric} lines={lines} log={log} />
        ) : (
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
        )}
      </Loaded>
    </Panel>
  );
}

function pointsWords(series: readonly Series[]): string {
  const total = series.reduce((sum, one) => sum + one.total, 0);
  return plural(total, "point") + (series.some((one) => one.sampled) ? ", peaks kept" : "");
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
