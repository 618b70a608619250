import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Axis } from "@/shared/chart/axis";
import { ParallelChart } from "@/shared/chart/parallel-chart";
import { ScatterChart } from "@/shared/chart/scatter-chart";
import { count } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { CheckBox, Choice } from "@/shared/ui/field";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Panel, Quiet, Stack } from "@/shared/ui/page";
import { manyQuery, type RunColumns, type RunSearch } from "../api/runs";
import { axesFor } from "./axes";
import { ImportancePanel } from "./importance-panel";

interface ManyRunsProps {
  kind: "parallel" | "scatter";
  asked: RunSearch;
  known: RunColumns;
  marked: readonly string[];
  onMark: (ids: readonly string[]) => void;
}

/** Up to a thousand runs at once: which settings lead to which results. */
export function ManyRuns({ kind, asked, known, onMark }: ManyRunsProps) {
  const answer = useQuery(manyQuery(asked));
  const runs = useMemo(() => answer.data?.items ?? [], [answer.data]);
  const axes = useMemo(() => axesFor(runs, asked), [runs, asked]);
  const total = answer.data?.total ?? 0;
  return (
    <Loaded of={answer}>
      {axes.length < 2 ? (
        <Empty title="Two columns are needed">
          <p>
            Choose at least two metrics or parameters under Columns; these runs share {known.metrics.length}{" "}
            metrics.
          </p>
        </Empty>
      ) : (
        <Stack>
          {runs.length < total && (
            <Quiet>
              The first {count(runs.length)} of {count(total)} runs in this order. Narrow the query to see
              others.
            </Quiet>
          )}
          {kind === "parallel" ? (
            <Parallel axes={axes} runs={runs} onMark={onMark} />
          ) : (
            <Scatter axes={axes} runs={runs} />
          )}
          <ImportancePanel axes={axes} />
        </Stack>
      )}
    </Loaded>
  );
}

interface PlotProps {
  axes: readonly Axis[];
  runs: readonly { id: string; name: string }[];
}

function Parallel({ axes, runs, onMark }: PlotProps & { onMark: (ids: readonly string[]) => void }) {
  const [colourBy, setColourBy] = useState("");
  const [log, setLog] = useState(false);
  const [brushed, setBrushed] = useState<readonly number[]>([]);
  const numeric = axes.filter((axis) => axis.numeric);
  const by = numeric.find((axis) => axis.id === colourBy) ?? numeric.find(isMetric) ?? numeric[0];
  return (
    <Panel
      title="Parallel coordinates"
      actions={
        <Bar>
          <CheckBox
            label="Log axes where possible"
            checked={log}
            onChange={(event) => setLog(event.target.checked)}
          />
          {brushed.length > 0 && (
            <Button
              small
              kind="primary"
              onClick={() => onMark(brushed.slice(0, 50).map((at) => (runs[at] as { id: string }).id))}
            >
              Mark {Math.min(50, brushed.length)} brushed runs
            </Button>
          )}
        </Bar>
      }
    >
      <Stack>
        <Bar>
          <Choice label="Colour by" value={by?.id} onChange={(event) => setColourBy(event.target.value)}>
            {numeric.map((axis) => (
              <option key={axis.id} value={axis.id}>
                {axis.id}
              </option>
            ))}
          </Choice>
        </Bar>
        <ParallelChart
          label={`${count(runs.length)} runs over ${axes.map((axis) => axis.id).join(", ")}; the same values are in the table view`}
          axes={axes}
          by={by}
          log={log}
          onPicked={setBrushed}
        />
        <Quiet>
          Drag along an axis to brush; drag an end to change it, click beside it to clear. With the keyboard,
          Tab to an axis and move its ends with the arrow keys.
        </Quiet>
      </Stack>
    </Panel>
  );
}

function isMetric(axis: Axis): boolean {
  return axis.id.startsWith("metrics.");
}

function Scatter({ axes, runs }: PlotProps) {
  const result = axes.find(isMetric) ?? (axes[0] as Axis);
  const others = axes.filter((axis) => axis !== result);
  const [x, setX] = useState((others.find((axis) => axis.numeric) ?? others[0] ?? result).id);
  const [y, setY] = useState(result.id);
  const axisOf = (id: string) => axes.find((axis) => axis.id === id) ?? (axes[0] as Axis);
  const names = useMemo(() => runs.map((run) => run.name), [runs]);
  const choices = axes.map((axis) => (
    <option key={axis.id} value={axis.id}>
      {axis.id}
    </option>
  ));
  return (
    <Panel title="Scatter">
      <Stack>
        <Bar>
          <Choice label="Across" value={x} onChange={(event) => setX(event.target.value)}>
            {choices}
          </Choice>
          <Choice label="Up" value={y} onChange={(event) => setY(event.target.value)}>
            {choices}
          </Choice>
        </Bar>
        <ScatterChart
          label={`${y} against ${x} for ${count(runs.length)} runs`}
          x={axisOf(x)}
          y={axisOf(y)}
          names={names}
        />
      </Stack>
    </Panel>
  );
}
