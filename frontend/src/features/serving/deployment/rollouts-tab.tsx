import { useInfiniteQuery } from "@tanstack/react-query";
import { rowsOf } from "@/shared/api/pages";
import { useLive } from "@/shared/lib/live";
import { serverAddress } from "@/shared/lib/place";
import { StateBadge } from "@/shared/ui/badge";
import { More } from "@/shared/ui/more";
import { CodeBlock, Empty, Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time, Took } from "@/shared/ui/time";
import { type Deployment, rolloutsQuery } from "../api/serving";
import { RolloutLink } from "../links";
import { FINISHED, KIND_WORDS, phaseState } from "../rollout/phases";
import css from "../serving.module.css";
import { percent } from "../words";

/** Every rollout of a deployment, newest first, each with its verdict. */
export function RolloutsTab({ deployment }: { deployment: Deployment }) {
  const refetchInterval = useLive(deployment.rollout !== null);
  const answer = useInfiniteQuery({ ...rolloutsQuery(deployment.name), refetchInterval });
  const rollouts = rowsOf(answer.data);
  return (
    <Loaded of={answer}>
      {rollouts.length === 0 ? (
        <Empty title="No rollout yet">
          <p>
            A rollout moves traffic to another version in steps, and takes it back by itself when a guard is
            violated:
          </p>
          <CodeBlock
            label="Terminal"
            code={`export MODELWRIGHT_URL=${serverAddress}\nmodelwright rollout start ${deployment.name} fraud:18 --canary 5%,25%,100% --guard "error_rate not worse"`}
          />
        </Empty>
      ) : (
        <Panel flush>
          <SmallTable
            label="Rollouts"
            rows={rollouts}
            rowKey={(one) => String(one.id)}
            columns={[
              {
                header: "Rollout",
                whole: true,
                cell: (one) => (
                  <>
                    <RolloutLink id={one.id} text={`Rollout ${one.id}`} />
                    <br />
                    <StateBadge state={phaseState(one.phase)} />
                  </>
                ),
              },
              // Beside the name, because a narrow screen shows no more than two columns.
              { header: "Verdict", cell: ({ state }) => <div className={css.words}>{state.reason}</div> },
              {
                header: "Versions",
                whole: true,
                cell: ({ state }) => (
                  <>
                    {`${state.plan.control_label} → ${state.plan.candidate_label}`}
                    <br />
                    <Quiet>{KIND_WORDS[state.plan.kind]}</Quiet>
                  </>
                ),
              },
              { header: "Share", numeric: true, cell: ({ state }) => percent(state.share) },
              {
                header: "Started",
                whole: true,
                cell: (one) => (
                  <>
                    <Time ms={one.created_ms} />
                    <br />
                    <Quiet>
                      {FINISHED.has(one.phase) ? "took " : "for "}
                      <Took from={one.created_ms} to={FINISHED.has(one.phase) ? one.updated_ms : null} />
                    </Quiet>
                  </>
                ),
              },
            ]}
          />
          <More what="rollouts" answer={answer} />
        </Panel>
      )}
    </Loaded>
  );
}
