import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { DataGrid } from "@/shared/grid/data-grid";
import { plural } from "@/shared/lib/format";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { Button } from "@/shared/ui/button";
import { Skeleton } from "@/shared/ui/notice";
import type { RunColumns, RunSearch } from "../api/runs";
import type { useRunWindow } from "../api/use-run-window";
import type { ChartSettings } from "../charts/chart-settings";
import type { ChartedRun } from "../charts/metric-chart";
import { GroupedRuns } from "./grouped-runs";
import { NoRuns } from "./no-runs";
import { runColumns } from "./run-columns";
import {
  type ColumnChoice,
  flipped,
  type RunsSearch,
  readSort,
  readWidths,
  writeSort,
  writeWidths,
} from "./runs-search";

const RunsCharts = lazy(() => import("./runs-charts").then((file) => ({ default: file.RunsCharts })));
const ManyRuns = lazy(() => import("./many-runs").then((file) => ({ default: file.ManyRuns })));

const CHARTED = 10;
const NO_PINS: readonly string[] = [];
const NEWEST = { key: "attributes.start_time", descending: true };

interface RunsViewProps {
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
  if (view === "table" && search.group)
    return <GroupedRuns by={search.group} asked={asked} change={change} />;
  if (view === "table") return <RunsTable {...props} marked={marked} />;
  return (
    <Suspense fallback={<Skeleton />}>
      {view === "charts" ? (
        <RunsCharts
          runs={charted}
          total={window.total}
          known={known}
          settings={settings}
          onSettings={onSettings}
        />
      ) : (
        <ManyRuns
          kind={view}
          asked={asked}
          known={known}
          marked={marked}
          onMark={(ids) => change({ marked: ids.length > 0 ? [...ids] : undefined })}
        />
      )}
    </Suspense>
  );
}

function RunsTable(props: RunsViewProps & { marked: readonly string[] }) {
  const { experimentId, choices, window, search, change, marked } = props;
  const navigate = useNavigate();
  const shade = useShade();
  const [lit, setLit] = useState<string | null>(null);
  const widths = useMemo(() => readWidths(search.widths), [search.widths]);
  const columns = useMemo(
    () =>
      runColumns(choices, (run) => {
        const place = marked.indexOf(run.id);
        return place < 0 ? null : mark(place, shade).colour;
      }),
    [choices, marked, shade],
  );
  return (
    <DataGrid
      label="Runs"
      columns={columns}
      count={window.count}
      row={window.row}
      rowKey={(run) => run.id}
      onOpen={(run) => void navigate({ to: "/runs/$runId", params: { runId: run.id } })}
      onVisible={window.onVisible}
      sort={readSort(search.sort) ?? NEWEST}
      onSort={(sort) => change({ sort: writeSort(sort) })}
      selected={new Set(marked)}
      onSelect={(ids) => change({ marked: ids.size > 0 ? [...ids] : undefined })}
      widths={widths}
      onWidth={(id, width) => change({ widths: writeWidths(new Map(widths).set(id, width)) })}
      pins={search.pins ?? NO_PINS}
      onPin={(id) => change({ pins: flipped(search.pins ?? [], id) })}
      lit={lit}
      onPoint={setLit}
      empty={
        <NoRuns
          experimentId={experimentId}
          filtered={Boolean(search.q)}
          onClear={() => change({ q: undefined })}
        />
      }
      foot={
        <>
          <span>{plural(window.total, "run")} match</span>
          {window.count < window.total && (
            <span>The first {plural(window.count, "run")} can be scrolled to</span>
          )}
          {marked.length > 0 && (
            <>
              <span>{marked.length} marked</span>
              <Button small kind="quiet" onClick={() => change({ marked: undefined })}>
                Clear marks
              </Button>
            </>
          )}
        </>
      }
    />
  );
}

/** The marked runs, or else the first ten; a marked run that is not on screen goes by its id. */
function chartedRuns(
  loaded: ReturnType<typeof useRunWindow>["loaded"],
  marked: readonly string[],
): ChartedRun[] {
  const ids = marked.length > 0 ? marked : loaded.slice(0, CHARTED).map((run) => run.id);
  return ids.map((id, place) => {
    const run = loaded.find((item) => item.id === id);
    return { id, name: run?.name ?? id.slice(0, 8), running: run?.status === "RUNNING", place };
  });
}
