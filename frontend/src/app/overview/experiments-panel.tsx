import { Link } from "@tanstack/react-router";
import type { Experiment } from "@/features/tracking/api/experiments";
import { ExperimentLink } from "@/features/tracking/experiment-link";
import { count } from "@/shared/lib/format";
import { Panel } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";

const SHOWN = 6;

interface ExperimentsPanelProps {
  experiments: readonly Experiment[];
  total: number;
}

export function ExperimentsPanel({ experiments, total }: ExperimentsPanelProps) {
  return (
    <Panel title="Experiments" flush actions={<Link to="/experiments">All {count(total)}</Link>}>
      <SmallTable
        label="Recent experiments"
        rows={experiments.slice(0, SHOWN)}
        rowKey={(item) => item.id}
        columns={[
          { header: "Experiment", cell: (item) => <ExperimentLink id={item.id} name={item.name} /> },
          { header: "Runs", numeric: true, cell: (item) => count(item.run_count) },
          { header: "Last run", whole: true, cell: (item) => <Time ms={item.last_run_ms} /> },
        ]}
      />
    </Panel>
  );
}
