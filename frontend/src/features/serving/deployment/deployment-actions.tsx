import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/dialog";
import { ErrorNotice } from "@/shared/ui/notice";
import { resumeDeployment, setRoutes, stopDeployment } from "../api/changes";
import type { Deployment } from "../api/serving";
import { versionName } from "../links";
import { aloud, useOrder } from "../use-order";
import { routesWith, standby } from "./deployment-state";
import { WHOLE } from "./shares";

const ScaleDialog = lazyRouteComponent(() => import("./scale-dialog"), "ScaleDialog");
const RolloutBack = lazyRouteComponent(() => import("./rollout-back"), "RolloutBack");
const StartRollout = lazyRouteComponent(() => import("./start-rollout"), "StartRollout");

type Asked = "rollback" | "rollout" | "scale" | "stop" | "back" | null;

/** What can be done with a deployment; what loses something says so first. */
export function DeploymentActions({ deployment }: { deployment: Deployment }) {
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  const { busy, refusal, order } = useOrder(close);
  const { name } = deployment;
  const back = standby(deployment);
  if (deployment.stopped)
    return (
      <Button
        kind="primary"
        icon="play"
        disabled={busy}
        onClick={() => void order(() => aloud(resumeDeployment(name)), `${name} is served again.`)}
      >
        Resume
      </Button>
    );
  return (
    <>
      {back && (
        <Button kind="danger" onClick={() => setAsked("back")}>
          Back to {versionName(back.version)}
        </Button>
      )}
      <Button onClick={() => setAsked("scale")}>Scale</Button>
      {deployment.rollout !== null && (
        <Button kind="danger" onClick={() => setAsked("rollback")}>
          Roll back
        </Button>
      )}
      {deployment.rollout === null && (
        <>
          <Button kind="primary" onClick={() => setAsked("rollout")}>
            Start a rollout
          </Button>
          <Button onClick={() => setAsked("stop")}>Stop</Button>
        </>
      )}
      <Suspense fallback={null}>
        {asked === "rollback" && deployment.rollout !== null && (
          <RolloutBack id={deployment.rollout} onClose={close} />
        )}
        {asked === "scale" && <ScaleDialog deployment={deployment} onClose={close} />}
        {asked === "rollout" && <StartRollout deployment={deployment} onClose={close} />}
      </Suspense>
      {asked === "stop" && (
        <Confirm
          open
          danger
          busy={busy}
          onClose={close}
          onConfirm={() => void order(() => stopDeployment(name), `${name} is stopped.`)}
          title={`Stop ${name}`}
          verb="Stop the deployment"
          consequences={[
            "Callers get an error: nothing answers under this name any more.",
            "Requests that are under way are answered first; then all its versions are unloaded on every node.",
            "Its routes, its ledger and its history are kept. Resume serves it again.",
          ]}
        >
          {refusal !== null && <ErrorNotice error={refusal} />}
        </Confirm>
      )}
      {asked === "back" && back && (
        <Confirm
          open
          danger
          busy={busy}
          onClose={close}
          onConfirm={() =>
            void order(
              () => goBack(deployment, back.id),
              `All traffic is back on ${versionName(back.version)}.`,
            )
          }
          title={`Back to ${versionName(back.version)}`}
          verb={`Move all traffic to ${versionName(back.version)}`}
          consequences={[
            `${versionName(back.version)} answers everything; it is still loaded, so this takes about a second.`,
            "The version that answers now stays loaded without traffic. No request is lost.",
          ]}
        >
          {refusal !== null && <ErrorNotice error={refusal} />}
        </Confirm>
      )}
    </>
  );
}

function goBack(deployment: Deployment, route: string) {
  const live = deployment.routes.filter((one) => one.mode === "live");
  const shares = live.map((one) => (one.id === route ? WHOLE : 0));
  return setRoutes(deployment.name, {
    routes: routesWith(deployment, shares),
    expected_revision: deployment.revision,
  });
}
