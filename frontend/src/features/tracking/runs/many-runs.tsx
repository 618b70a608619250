import { useQuery } from "@tanstack/react-query";
import { type RefObject, useMemo, useRef, useState } from "react";
import type { Axis } from "@/shared/chart/axis";
import { ParallelChart } from "@/shared/chart/parallel-chart";
import { savePicture } from "@/shared/chart/picture";
import { ScatterChart } from "@/shared/chart/scatter-chart";
import { count } from "@/shared/lib/format";
import { Button, IconButton } from "@/shared/ui/button";
import { CheckBox, Choice } from "@/shared/ui/field";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Panel, Quiet, Stack } from "@/shared/ui/page";
import { manyQuery, type RunColumns, type RunSearch } from "../api/runs";
import { axesFor } from "./axes";
import { ImportancePanel } from "./importance-panel";
import type { RunsSearch } from "./runs-address";

interface ManyRunsProps {
  kind: "parallel" | "scatter";
  asked: RunSearch;
  known: RunColumns;
  search: RunsSearch;
  change: (next: Partial<RunsSearch>) => void;
}

/** Up to a thousand runs at once: which settings lead to which results. */
export function ManyRuns({ kind, asked, known, search, change }: ManyRunsProps) {
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
            <Parallel axes={axes} runs={runs} search={search} change={change} />
          ) : (
            <Scatter axes={axes} runs={runs} search={search} change={change} />
          )}
          <ImportancePanel axes={axes} chosen={search.result} onChoose={(result) => change({ result })} />
        </Stack>
      )}
    </Loaded>
  );
}

interface PlotProps extends Pick<ManyRunsProps, "search" | "change"> {
  axes: readonly Axis[];
  runs: readonly { id: string; name: string }[];
}

function Parallel({ axes, runs, search, change }: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const log = search.logs === "yes";
  const [brushed, setBrushed] = useState<readonly number[]>([]);
  const numeric = axes.filter((axis) => axis.numeric);
  const by = numeric.find((axis) => axis.id === search.colour) ?? numeric.find(isMetric) ?? numeric[0];
  return (
    <Panel
      title="Parallel coordinates"
      actions={
        <Bar>
          <CheckBox
            label="Log axes where possible"
            checked={log}
            onChange={(event) => change({ logs: event.target.checked ? "yes" : undefined })}
          />
          {brushed.length > 0 && (
            <Button
              small
              kind="primary"
              onClick={() => change({ marked: brushed.slice(0, 50).flatMap((at) => runs[at]?.id ?? []) })}
            >
              Mark {Math.min(50, brushed.length)} brushed runs
            </Button>
          )}
          <SavePicture of={holder} name={`parallel coordinates, coloured by ${by?.id ?? "nothing"}`} />
        </Bar>
      }
    >
      <Stack>
        <Bar>
          <Choice
            label="Colour by"
            value={by?.id}
            onChange={(event) => change({ colour: event.target.value })}
          >
            {numeric.map((axis) => (
              <option key={axis.id} value={axis.id}>
                {axis.id}
              </option>
            ))}
          </Choice>
        </Bar>
        <div ref={holder}>
          <ParallelChart
            label={`${count(runs.length)} runs over ${axes.map((axis) => axis.id).join(", ")}; the same values are in the table view`}
            axes={axes}
            by={by}
            log={log}
            onPicked={setBrushed}
          />
        </div>
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

function SavePicture({ of, name }: { of: RefObject<HTMLElement | null>; name: string }) {
  return (
    <IconButton
      small
      icon="download"
      label={`Save ${name} as a picture`}
      onClick={() => savePicture(of.current, name)}
    />
  );
}

function Scatter({ axes, runs, search, change }: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const result = axes.find(isMetric) ?? (axes[0] as Axis);
  const others = axes.filter((axis) => axis !== result);
  const x =
    axes.find((axis) => axis.id === search.across) ??
    others.find((axis) => axis.numeric) ??
    others[0] ??
    result;
  const y = axes.find((axis) => axis.id === search.up) ?? result;
  const names = useMemo(() => runs.map((run) => run.name), [runs]);
  const choices = axes.map((axis) => (
    <option key={axis.id} value={axis.id}>
      {axis.id}
    </option>
  ));
  return (
    <Panel title="Scatter" actions={<SavePicture of={holder} name="scatter" />}>
      <Stack>
        <Bar>
          <Choice label="Across" value={x.id} onChange={(event) => change({ across: event.target.value })}>
            {choices}
          </Choice>
          <Choice label="Up" value={y.id} onChange={(event) => change({ up: event.target.value })}>
            {choices}
          </Choice>
        </Bar>
        <div ref={holder}>
          <ScatterChart
            label={`${y.id} against ${x.id} for ${count(runs.length)} runs`}
            x={x}
            y={y}
            names={names}
          />
        </div>
      </Stack>
    </Panel>
  );
}
