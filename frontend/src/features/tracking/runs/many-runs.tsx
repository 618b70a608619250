import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ManyChart } from "@/shared/chart/many-chart";
import { count } from "@/shared/lib/format";
import { useShade } from "@/shared/lib/theme";
import { Button } from "@/shared/ui/button";
import { CheckBox, Choice } from "@/shared/ui/field";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Panel, Quiet, Stack } from "@/shared/ui/page";
import { manyQuery, type RunColumns, type RunSearch } from "../api/runs";
import { ImportancePanel } from "./importance-panel";
import { type Axis, axesFor, parallelOption, picked, scatterOption } from "./many-options";

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
  const shade = useShade();
  const by =
    axes.find((axis) => axis.id === colourBy) ?? axes.find(isMetric) ?? axes.find((axis) => axis.numeric);
  const option = useMemo(
    () => parallelOption(axes, runs.length, by, log, shade),
    [axes, runs, by, log, shade],
  );
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
            {axes
              .filter((axis) => axis.numeric)
              .map((axis) => (
                <option key={axis.id} value={axis.id}>
                  {axis.id}
                </option>
              ))}
          </Choice>
        </Bar>
        <ManyChart
          label={`${count(runs.length)} runs over ${axes.map((axis) => axis.id).join(", ")}; the same values are in the table view`}
          option={option}
          height={460}
          onChart={(chart) => {
            chart.on("axisareaselected", () => setBrushed(picked(chart)));
          }}
        />
        <Quiet>Drag along an axis to brush; drag its edge to change, click outside it to clear.</Quiet>
      </Stack>
    </Panel>
  );
}

function isMetric(axis: Axis): boolean {
  return axis.id.startsWith("metrics.");
}

function Scatter({ axes, runs }: PlotProps) {
  const [x, setX] = useState(axes.at(-1)?.id ?? "");
  const [y, setY] = useState(axes[0]?.id ?? "");
  const shade = useShade();
  const option = useMemo(
    () =>
      scatterOption(
        axes.find((axis) => axis.id === x) ?? axes[0]!,
        axes.find((axis) => axis.id === y) ?? axes[0]!,
        runs,
        shade,
      ),
    [axes, x, y, runs, shade],
  );
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
        <ManyChart label={`${y} against ${x} for ${count(runs.length)} runs`} option={option} height={460} />
      </Stack>
    </Panel>
  );
}
