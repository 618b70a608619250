import { useMemo } from "react";
import type { Axis } from "@/shared/chart/axis";
import { Choice } from "@/shared/ui/field";
import { Bar, Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { importance } from "./importance";
import css from "./runs.module.css";

interface ImportancePanelProps {
  axes: readonly Axis[];
  /** The metric that the settings are held against; the first one when it is none of the axes. */
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

/** Which settings go along with a result, as bars and figures. */
export function ImportancePanel({ axes, chosen, onChoose }: ImportancePanelProps) {
  const results = axes.filter((axis) => axis.id.startsWith("metrics."));
  const result = results.find((axis) => axis.id === chosen) ?? results[0];
  const rows = useMemo(
    () =>
      result
        ? importance(
            axes.filter((axis) => axis.id.startsWith("params.")),
            result,
          )
        : [],
    [axes, result],
  );
  if (!result) return null;
  return (
    <Panel title="Which settings go along with the result">
      <Stack>
        <Bar>
          <Choice label="Result" value={result.id} onChange={(event) => onChoose(event.target.value)}>
            {results.map((axis) => (
              <option key={axis.id} value={axis.id}>
                {axis.label}
              </option>
            ))}
          </Choice>
        </Bar>
        {rows.length === 0 ? (
          <Quiet>Five runs with different settings are needed.</Quiet>
        ) : (
          <SmallTable
            label="Settings by importance"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { header: "Setting", cell: (row) => row.id.slice("params.".length) },
              {
                header: "Share of the spread",
                cell: (row) => (
                  <span className={css.share}>
                    <span className={css.bar} style={{ width: `${Math.max(1, row.share * 100)}%` }} />
                  </span>
                ),
              },
              { header: "In per cent", numeric: true, cell: (row) => `${Math.round(row.share * 100)} %` },
              { header: "With more of it", cell: (row) => directionWords(row.rises) },
              { header: "Runs", numeric: true, cell: (row) => row.runs },
            ]}
          />
        )}
        <Quiet>
          Of ranks. Going along is not causing: settings that were changed together share the credit.
        </Quiet>
      </Stack>
    </Panel>
  );
}

function directionWords(rises: boolean | null): string {
  if (rises === null) return "–";
  return rises ? "the result rises" : "the result falls";
}
