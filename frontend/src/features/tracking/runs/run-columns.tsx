import { Link } from "@tanstack/react-router";
import type { Column } from "@/shared/grid/column";
import { figure } from "@/shared/lib/format";
import { StateBadge } from "@/shared/ui/badge";
import { Time, Took } from "@/shared/ui/time";
import type { RunRow } from "../api/runs";
import type { ColumnChoice } from "./runs-question";
import { columnId, reference } from "./runs-search";

function width(key: string, least: number): number {
  return Math.min(220, Math.max(least, 32 + key.length * 7));
}

function chosen({ kind, key }: ColumnChoice): Column<RunRow> {
  const id = columnId({ kind, key });
  const base = { id, header: key, hint: id, sortKey: reference(kind, key) };
  if (kind === "metrics") {
    return { ...base, width: width(key, 96), numeric: true, render: (run) => figure(run.metrics[key]) };
  }
  return {
    ...base,
    width: width(key, 110),
    render: (run) => <span title={run[kind][key]}>{run[kind][key] ?? "–"}</span>,
  };
}

export function runColumns(
  choices: readonly ColumnChoice[],
  colour: (run: RunRow) => string | null,
): Column<RunRow>[] {
  return [
    {
      id: "name",
      header: "Run",
      width: 240,
      sortKey: "attributes.run_name",
      render: (run) => (
        <Link to="/runs/$runId" params={{ runId: run.id }} tabIndex={-1} title={run.name}>
          {colour(run) && (
            <span aria-hidden="true" style={{ color: colour(run) as string, marginInlineEnd: 7 }}>
              ●
            </span>
          )}
          {run.name}
        </Link>
      ),
    },
    {
      id: "status",
      header: "State",
      width: 104,
      sortKey: "attributes.status",
      render: (run) => <StateBadge state={run.status} />,
    },
    {
      id: "started",
      header: "Started",
      width: 118,
      sortKey: "attributes.start_time",
      render: (run) => <Time ms={run.started_ms} />,
    },
    {
      id: "took",
      header: "Took",
      width: 108,
      numeric: true,
      render: (run) => <Took from={run.started_ms} to={run.ended_ms} />,
    },
    ...choices.map(chosen),
    {
      id: "user",
      header: "User",
      width: 110,
      sortKey: "attributes.user_id",
      render: (run) => <span title={run.user}>{run.user || "–"}</span>,
    },
  ];
}
