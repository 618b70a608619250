import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type DeploymentRow, deploymentsQuery, rolloutQuery } from "@/features/serving/api/serving";
import { DeploymentLink, RolloutLink } from "@/features/serving/links";
import { perSecond, trafficWords } from "@/features/serving/words";
import { rowsOf } from "@/shared/api/pages";
import { count } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { StateBadge } from "@/shared/ui/badge";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import css from "./glance.module.css";
import { mostMovedFirst } from "./most-moved";

const SHOWN = 5;

/** The deployments, those in a rollout first: who answers, and how far the rollout is. */
export function DeploymentsPanel() {
  const refetchInterval = useLive(true);
  const answer = useInfiniteQuery({ ...deploymentsQuery(""), refetchInterval });
  const rows = mostMovedFirst(rowsOf(answer.data)).slice(0, SHOWN);
  const total = answer.data?.pages[0]?.total ?? rows.length;
  return (
    <Panel title="Deployments" actions={total > 0 && <Link to="/deployments">All {count(total)}</Link>}>
      <Loaded of={answer} lines={2}>
        {rows.length === 0 ? (
          <Quiet>Nothing is deployed yet. A version's page has the button Deploy.</Quiet>
        ) : (
          <ul className={css.list}>
            {rows.map((row) => (
              <li key={row.name}>
                <OneDeployment row={row} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function OneDeployment({ row }: { row: DeploymentRow }) {
  return (
    <>
      <div className={css.line}>
        <DeploymentLink name={row.name} />
        <StateBadge state={row.state} />
      </div>
      <Quiet>
        {trafficWords(row.routes) || "Nobody answers"} ·{" "}
        {perSecond(row.traffic.requests, row.traffic.seconds)}
      </Quiet>
      {row.rollout !== null && <UnderWay id={row.rollout} />}
    </>
  );
}

function UnderWay({ id }: { id: number }) {
  const refetchInterval = useLive(true);
  const { data: rollout } = useQuery({ ...rolloutQuery(id), refetchInterval });
  return (
    <div className={css.line}>
      <RolloutLink
        id={id}
        text={rollout ? `Rollout ${id} to ${rollout.state.plan.candidate_label}` : `Rollout ${id}`}
      />
      {rollout && <StateBadge state={rollout.phase.replaceAll("_", " ")} />}
    </div>
  );
}
