import { count } from "@/shared/lib/format";
import { Empty } from "@/shared/ui/notice";
import { Quiet, Stack } from "@/shared/ui/page";
import type { RunColumns } from "../api/runs";
import { ChartControls } from "../charts/chart-controls";
import type { ChartSettings } from "../charts/chart-settings";
import { type ChartedRun, MetricChart } from "../charts/metric-chart";
import css from "./runs.module.css";

const CHARTS = 40;

interface RunsChartsProps {
  runs: readonly ChartedRun[];
  total: number;
  known: RunColumns;
  settings: ChartSettings;
  onSettings: (change: Partial<ChartSettings>) => void;
}

/** One chart per metric, of the marked runs or of the first ten. */
export function RunsCharts({ runs, total, known, settings, onSettings }: RunsChartsProps) {
  if (known.metrics.length === 0) {
    return (
      <Empty title="No metric yet">
        <p>Charts appear with the first logged metric of these runs.</p>
      </Empty>
    );
  }
  return (
    <Stack>
      <ChartControls settings={settings} onSettings={onSettings} />
      <Quiet>
        {count(runs.length)} of {count(total)} runs. Mark others in the table to see them here. Drag in a
        chart to zoom.
      </Quiet>
      <div className={css.charts}>
        {known.metrics.slice(0, CHARTS).map(({ key }) => (
          <MetricChart key={key} metric={key} runs={runs} settings={settings} onSettings={onSettings} />
        ))}
      </div>
      {known.metrics.length > CHARTS && (
        <Quiet>{count(known.metrics.length - CHARTS)} more metrics; open a run to see all of its own.</Quiet>
      )}
    </Stack>
  );
}
