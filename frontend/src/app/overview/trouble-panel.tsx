import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { healthQuery, jobCountsQuery } from "@/features/operations/api/operations";
import { deploymentsQuery } from "@/features/serving/api/serving";
import { DeploymentLink } from "@/features/serving/links";
import type { Experiment } from "@/features/tracking/api/experiments";
import { latestRunsQuery, newsSince } from "@/features/tracking/api/latest-runs";
import { rowsOf } from "@/shared/api/pages";
import { plural } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { StateBadge } from "@/shared/ui/badge";
import { Icon } from "@/shared/ui/icon";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import css from "./glance.module.css";
import { type Trouble, troublesOf } from "./troubles";

const FAILED_RUNS = 5;

/** What is not as it should be, each with the way to it; and when all is well it says so. */
export function TroublePanel({ experiments }: { experiments: readonly Experiment[] }) {
  const [since] = useState(() => newsSince(Date.now()));
  const refetchInterval = useLive(false);
  const ids = experiments.map((experiment) => experiment.id);
  const filter = `attributes.status = 'FAILED' AND attributes.start_time > ${since}`;
  const runs = useQuery({ ...latestRunsQuery(ids, filter, FAILED_RUNS), refetchInterval });
  const health = useQuery({ ...healthQuery(), refetchInterval });
  const jobs = useQuery({ ...jobCountsQuery(), refetchInterval });
  const deployments = useInfiniteQuery({ ...deploymentsQuery(""), refetchInterval });
  const known = { health: health.data, deployments: rowsOf(deployments.data), jobs: jobs.data };
  const troubles = troublesOf(known);
  const failed = runs.data?.items ?? [];
  const more = (runs.data?.total ?? 0) - failed.length;
  return (
    <Panel title="Needs a look">
      <Loaded
        of={[runs, health, jobs, deployments].find((one) => one.error || one.isPending) ?? runs}
        lines={2}
      >
        {troubles.length + failed.length === 0 ? (
          <Quiet>
            <span className={css.well}>
              <Icon name="check" /> No run of this week and no job failed, and every deployment answers.
            </span>
          </Quiet>
        ) : (
          <ul className={css.list}>
            {troubles.map((trouble) => (
              <li key={`${trouble.kind} ${trouble.name}`}>
                <TroubleLine trouble={trouble} />
              </li>
            ))}
            {failed.map((run) => (
              <li key={run.id}>
                <div className={css.line}>
                  <Link to="/runs/$runId" params={{ runId: run.id }} title={run.name}>
                    {run.name}
                  </Link>
                  <StateBadge state="failed" />
                </div>
                <Quiet>
                  A run, started <Time ms={run.started_ms} />
                </Quiet>
              </li>
            ))}
            {more > 0 && (
              <li>
                <Quiet>and {plural(more, "more run")} of this week</Quiet>
              </li>
            )}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function TroubleLine({ trouble }: { trouble: Trouble }) {
  if (trouble.kind === "check")
    return (
      <>
        <div className={css.line}>
          <Link to="/server">{trouble.name}</Link>
          <StateBadge state="failed" />
        </div>
        <Quiet>A check of the server: {trouble.detail}</Quiet>
      </>
    );
  if (trouble.kind === "deployment")
    return (
      <>
        <div className={css.line}>
          <DeploymentLink name={trouble.name} />
          <StateBadge state={trouble.state} />
        </div>
        <Quiet>A deployment that does not answer</Quiet>
      </>
    );
  return (
    <>
      <div className={css.line}>
        <Link to="/jobs">{trouble.name}</Link>
        <StateBadge state="failed" />
      </div>
      <Quiet>{plural(trouble.failed, "job")} of this kind</Quiet>
    </>
  );
}
