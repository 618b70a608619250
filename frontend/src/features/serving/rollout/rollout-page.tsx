import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { duration } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { Badge, StateBadge } from "@/shared/ui/badge";
import { Loaded } from "@/shared/ui/notice";
import { Facts, Page, Panel, Quiet, Split } from "@/shared/ui/page";
import { Time, Took } from "@/shared/ui/time";
import { type Rollout, rolloutQuery } from "../api/serving";
import { AsJson } from "../as-json";
import { DeploymentLink } from "../links";
import css from "../serving.module.css";
import { percent } from "../words";
import { Evidence } from "./evidence";
import { GuardsPanel } from "./guards-panel";
import { RolloutOrders } from "./orders";
import { FINISHED, KIND_WORDS, moveTitle, phaseState, stepsOf } from "./phases";
import { SideBySide } from "./side-by-side";

const STEP_WORDS = { passed: "passed", here: "now", ended: "ended here", ahead: "ahead" };

export function RolloutPage() {
  const { id } = useParams({ from: "/rollouts/$id" });
  const answer = useQuery(rolloutQuery(Number(id)));
  const rollout = answer.data;
  const refetchInterval = useLive(rollout !== undefined && !FINISHED.has(rollout.phase));
  useQuery({ ...rolloutQuery(Number(id)), refetchInterval });
  return (
    <Page
      title={`Rollout ${id}`}
      crumbs={[
        <Link key="all" to="/deployments">
          Deployments
        </Link>,
        ...(rollout ? [<DeploymentLink key="one" name={rollout.deployment} />] : []),
      ]}
      badges={
        rollout && (
          <>
            <StateBadge state={phaseState(rollout.phase)} />
            <Badge>{KIND_WORDS[rollout.state.plan.kind]}</Badge>
          </>
        )
      }
      actions={
        rollout && (
          <>
            <AsJson path={`/rollouts/${id}`} name={`rollout-${id}`} />
            <RolloutOrders rollout={rollout} />
          </>
        )
      }
      lead={rollout && `${rollout.state.plan.control_label} → ${rollout.state.plan.candidate_label}`}
    >
      <Loaded of={answer} lines={12}>
        {rollout && (
          <Split aside={<Aside rollout={rollout} />}>
            <Panel title={FINISHED.has(rollout.phase) ? "Verdict" : "Where it stands"}>
              <p className={css.verdict}>{rollout.state.reason}</p>
              <ol className={css.steps} aria-label="Steps">
                {stepsOf(rollout).map(({ label, state }) => (
                  <li
                    key={label}
                    className={`${css.step} ${state === "ahead" ? "" : css[state]}`}
                    aria-current={state === "here" ? "step" : undefined}
                  >
                    <b>{label}</b>
                    <span>{STEP_WORDS[state]}</span>
                  </li>
                ))}
              </ol>
            </Panel>
            <GuardsPanel rollout={rollout} />
            <SideBySide rollout={rollout} />
            <Evidence rollout={rollout} />
          </Split>
        )}
      </Loaded>
    </Page>
  );
}

function Aside({ rollout }: { rollout: Rollout }) {
  const { plan, evidence, share } = rollout.state;
  const finished = FINISHED.has(rollout.phase);
  const exposed = evidence.requests > 0 ? evidence.candidate_requests / evidence.requests : 0;
  return (
    <>
      <Panel title="Exposure">
        <Facts
          facts={[
            ["Share now", percent(share)],
            ["Candidate answered", `${evidence.candidate_requests.toLocaleString("en-GB")} requests`],
            ["Of all", percent(exposed)],
            ["It failed", `${evidence.candidate_errors.toLocaleString("en-GB")} of them`],
            ["Started", <Time key="s" ms={rollout.created_ms} />],
            [
              finished ? "Took" : "So far",
              <Took key="t" from={rollout.created_ms} to={finished ? rollout.updated_ms : null} />,
            ],
            !finished && ["Deadline", <Time key="d" ms={rollout.state.deadline_at_ms} />],
            ["On each step", `at least ${duration(plan.dwell_ms)}`],
          ]}
        />
      </Panel>
      <Panel title="Timeline">
        <ol className={css.moves}>
          {[...rollout.events].reverse().map((move) => (
            <li key={`${move.at_ms} ${move.what} ${move.reason}`}>
              <b>{moveTitle(move)}</b>
              <span>{move.reason}</span>
              <Quiet>
                {move.by}, <Time ms={move.at_ms} />
              </Quiet>
            </li>
          ))}
        </ol>
      </Panel>
    </>
  );
}
