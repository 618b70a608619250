import { useMemo } from "react";
import type { RunColumns, RunSearch } from "../api/runs";
import type { useRunWindow } from "../api/use-run-window";
import type { ChartSettings } from "../charts/chart-settings";
import type { ChartedRun } from "../charts/metric-chart";
import { chartedIds } from "./charted-ids";
import type { RunsSearch } from "./runs-address";
import type { ColumnChoice } from "./runs-question";
import { ExperimentAbout, GroupedRuns, ManyRuns, RunsCharts, RunsTable } from "./views";

export interface RunsViewProps {
  view: NonNullable<RunsSearch["view"]>;
  experimentId: string;
  known: RunColumns;
  choices: readonly ColumnChoice[];
  asked: RunSearch;
  window: ReturnType<typeof useRunWindow>;
  search: RunsSearch;
  change: (next: Partial<RunsSearch>) => void;
  settings: ChartSettings;
  onSettings: (change: Partial<ChartSettings>) => void;
}

/** The body of the runs page in one of its views. */
export function RunsView(props: RunsViewProps) {
  const { view, known, asked, window, search, change, settings, onSettings } = props;
  const marked = useMemo(() => search.marked ?? [], [search.marked]);
  const charted = useMemo(() => chartedRuns(window.loaded, marked), [window.loaded, marked]);
  if (view === "about") return <ExperimentAbout experimentId={props.experimentId} />;
  if (view === "table" && search.group)
    return <GroupedRuns by={search.group} asked={asked} change={change} />;
  if (view === "table") return <RunsTable {...props} marked={marked} />;
  if (view === "charts") {
    return (
      <RunsCharts
        runs={charted}
        total={window.total}
        known={known}
        settings={settings}
        onSettings={onSettings}
      />
    );
  }
  return <ManyRuns kind={view} asked={asked} known={known} search={search} change={change} />;
}

/** A marked run that is not on screen goes by its id. */
function chartedRuns(
  loaded: ReturnType<typeof useRunWindow>["loaded"],
  marked: readonly string[],
): ChartedRun[] {
  return chartedIds(loaded, marked).map((id, place) => {
    const run = loaded.find((item) => item.id === id);
    return { id, name: run?.name ?? id.slice(0, 8), running: run?.status === "RUNNING", place };
  });
}
