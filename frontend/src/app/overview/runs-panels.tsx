import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Experiment } from "@/features/tracking/api/experiments";
import { latestRunsQuery } from "@/features/tracking/api/latest-runs";
import type { RunRow } from "@/features/tracking/api/runs";
import { ExperimentLink } from "@/features/tracking/experiment-link";
import { count } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { StateBadge } from "@/shared/ui/badge";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { type SmallColumn, SmallTable } from "@/shared/ui/small-table";
import { Time, Took } from "@/shared/ui/time";

const GOING_ON = 6;
const ENDED = 8;

/** The runs that go on now, and those that began last of the ones that are over. */
export function RunsPanels({ experiments }: { experiments: readonly Experiment[] }) {
  const ids = experiments.map((experiment) => experiment.id);
  const refetchInterval = useLive(false);
  const goingOn = useQuery({
    ...latestRunsQuery(ids, "attributes.status = 'RUNNING'", GOING_ON),
    refetchInterval,
  });
  const ended = useQuery({
    ...latestRunsQuery(ids, "attributes.status != 'RUNNING'", ENDED),
    refetchInterval,
  });
  const names = new Map(experiments.map(({ id, name }) => [id, name]));
  const running = goingOn.data?.total ?? 0;
  return (
    <>
      {running > 0 && (
        <Panel
          title={`Runs going on (${count(running)})`}
          flush
          actions={running > GOING_ON && <Quiet>The latest {GOING_ON}</Quiet>}
        >
          <SmallTable
            label="Runs going on"
            rows={goingOn.data?.items ?? []}
            rowKey={(run) => run.id}
            columns={[...whichRun(names), ...TIMES]}
          />
        </Panel>
      )}
      <Panel
        title="Latest runs"
        flush={ended.isSuccess && ended.data.total > 0}
        actions={goingOn.isSuccess && running === 0 && <Quiet>None is going on now</Quiet>}
      >
        <Loaded of={ended} lines={ENDED}>
          {ended.data?.total === 0 ? (
            <Quiet>No run has ended yet.</Quiet>
          ) : (
            <SmallTable
              label="Latest runs"
              rows={ended.data?.items ?? []}
              rowKey={(run) => run.id}
              columns={[
                ...whichRun(names),
                { header: "State", whole: true, cell: (run) => <StateBadge state={run.status} /> },
                ...TIMES,
              ]}
            />
          )}
        </Loaded>
      </Panel>
    </>
  );
}

const TIMES: SmallColumn<RunRow>[] = [
  { header: "Started", whole: true, cell: (run) => <Time ms={run.started_ms} /> },
  { header: "Took", numeric: true, cell: (run) => <Took from={run.started_ms} to={run.ended_ms} /> },
];

function whichRun(experiments: ReadonlyMap<string, string>): SmallColumn<RunRow>[] {
  return [
    {
      header: "Run",
      cell: (run) => (
        <Link to="/runs/$runId" params={{ runId: run.id }} title={run.name}>
          {run.name}
        </Link>
      ),
    },
    {
      header: "Experiment",
      cell: ({ experiment_id }) => (
        <ExperimentLink id={experiment_id} name={experiments.get(experiment_id) ?? experiment_id} />
      ),
    },
  ];
}
