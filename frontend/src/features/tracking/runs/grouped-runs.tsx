import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Column } from "@/shared/grid/column";
import { DataGrid } from "@/shared/grid/data-grid";
import { count, figure, plural } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { Empty, Loaded } from "@/shared/ui/notice";
import { groupsQuery, type RunGroup, type RunSearch } from "../api/runs";
import css from "./runs.module.css";
import type { RunsSearch } from "./runs-address";
import { groupsAsk } from "./runs-question";
import { withinGroup } from "./runs-search";

const NO_METRICS: readonly string[] = [];

interface GroupedRunsProps {
  by: string;
  asked: RunSearch;
  change: (next: Partial<RunsSearch>) => void;
}

/** The runs by what they have in common: how many there are, and how they did. Opening a group shows its runs. */
export function GroupedRuns({ by, asked, change }: GroupedRunsProps) {
  const question = useMemo(() => groupsAsk(asked, by), [asked, by]);
  const metrics = question.metrics ?? NO_METRICS;
  const summed = useQuery({ ...groupsQuery(question), refetchInterval: useLive(false) });
  const isSummed = summed.data !== undefined && !summed.isPlaceholderData;
  // How many runs are in each group is told much sooner than how they did.
  const sizes = useQuery({ ...groupsQuery({ ...question, metrics: [] }), enabled: !isSummed });
  const answer = isSummed || summed.error ? summed : sizes;
  const groups = answer.data?.items ?? [];
  const total = answer.data?.total ?? 0;
  const open = useCallback(
    (group: RunGroup) => {
      const q = withinGroup(asked.filter ?? "", by, group.value);
      if (q !== undefined) change({ q, group: undefined });
    },
    [asked.filter, by, change],
  );
  const columns = useMemo(
    () => columnsOf(by, metrics, open, isSummed ? "–" : "…"),
    [by, metrics, open, isSummed],
  );
  return (
    <Loaded of={answer}>
      <DataGrid
        label="Groups"
        columns={columns}
        count={groups.length}
        row={(index) => groups[index]}
        rowKey={(group) => group.value ?? ""}
        onOpen={open}
        empty={<Empty title="No run matches">A wider query finds more.</Empty>}
        foot={
          <>
            <span>
              {plural(answer.data?.runs ?? 0, "run")} in {plural(total, "group")}
            </span>
            {groups.length < total && <span>The largest {count(groups.length)} are shown</span>}
            <span>Enter or a click on a value shows its runs</span>
          </>
        }
      />
    </Loaded>
  );
}

function columnsOf(
  by: string,
  metrics: readonly string[],
  open: (group: RunGroup) => void,
  nothing: string,
): Column<RunGroup>[] {
  return [
    {
      id: "value",
      header: by,
      width: 260,
      render: (group) => (
        <button type="button" tabIndex={-1} className={css.group} onClick={() => open(group)}>
          {group.value ?? "(none)"}
        </button>
      ),
    },
    { id: "runs", header: "Runs", width: 100, numeric: true, render: (group) => count(group.runs) },
    ...metrics.map((key) => ({
      id: `metrics.${key}`,
      header: key,
      hint: `${key}: mean, least to greatest of the latest values`,
      width: 210,
      numeric: true,
      render: (group: RunGroup) => <Spread group={group} metric={key} nothing={nothing} />,
    })),
  ];
}

/** `nothing` stands where a group has no such metric, or none that is known yet. */
function Spread({ group, metric, nothing }: { group: RunGroup; metric: string; nothing: string }) {
  const found = group.metrics.find((item) => item.key === metric);
  if (!found) return nothing;
  return (
    <>
      {figure(found.mean)}{" "}
      <span className={css.spread}>
        {figure(found.min)} … {figure(found.max)}
      </span>
    </>
  );
}
