import { useState } from "react";
import { count } from "@/shared/lib/format";
import { BareInput } from "@/shared/ui/field";
import { Empty } from "@/shared/ui/notice";
import { Bar, Grow, Quiet, Stack } from "@/shared/ui/page";
import type { Run } from "../api/runs";
import { ChartControls } from "../charts/chart-controls";
import type { ChartSettings } from "../charts/chart-settings";
import { alone, MetricChart } from "../charts/metric-chart";
import css from "./run.module.css";

const CHARTS = 60;

interface RunChartsProps {
  run: Run;
  settings: ChartSettings;
  onSettings: (change: Partial<ChartSettings>) => void;
}

export function RunCharts({ run, settings, onSettings }: RunChartsProps) {
  const [words, setWords] = useState("");
  const found = run.metrics.filter((metric) => metric.key.toLowerCase().includes(words.toLowerCase()));
  if (run.metrics.length === 0) {
    return (
      <Empty title="No metric yet">
        <p>
          Charts appear with the first <code>mlflow.log_metric("loss", 0.42, step=1)</code>, while the run is
          going.
        </p>
      </Empty>
    );
  }
  return (
    <Stack>
      <Bar>
        <Grow>
          <BareInput
            label="Find a metric"
            data-query-box=""
            placeholder={`Find in ${count(run.metrics.length)} metrics`}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        </Grow>
        <ChartControls settings={settings} onSettings={onSettings} />
      </Bar>
      <div className={css.charts}>
        {found.slice(0, CHARTS).map((metric) => (
          <MetricChart
            key={metric.key}
            metric={metric.key}
            runs={[alone(run)]}
            settings={settings}
            onSettings={onSettings}
          />
        ))}
      </div>
      {found.length > CHARTS && (
        <Quiet>{count(found.length - CHARTS)} more metrics; type above to find them.</Quiet>
      )}
    </Stack>
  );
}
