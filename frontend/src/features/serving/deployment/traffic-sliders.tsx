import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/dialog";
import { ErrorNotice } from "@/shared/ui/notice";
import { Bar, Panel, Quiet } from "@/shared/ui/page";
import { say } from "@/shared/ui/toast";
import { setRoutes } from "../api/changes";
import type { Deployment } from "../api/serving";
import { RolloutLink, ServedVersionLink, versionName } from "../links";
import css from "../serving.module.css";
import { percent } from "../words";
import { routesWith } from "./deployment-state";
import { consequencesOf, rebalanced, thousandths, WHOLE } from "./shares";

const STEP = 10;

interface TrafficSlidersProps {
  deployment: Deployment;
  /** Requests a second of all live routes lately, for the preview. */
  perSecond: number;
}

/** Divide the traffic by hand: move, read what will be so, confirm. Nothing happens before that. */
export function TrafficSliders({ deployment, perSecond }: TrafficSlidersProps) {
  const live = deployment.routes.filter((route) => route.mode === "live");
  const before = thousandths(live.map((route) => route.share));
  // The revision that the person saw when the first slider moved: a change by others meanwhile is told, not undone.
  const [draft, setDraft] = useState<{ shares: number[]; revision: number } | null>(null);
  const [asking, setAsking] = useState(false);
  const shares = draft !== null && draft.shares.length === live.length ? draft.shares : before;
  const held = deployment.rollout !== null;
  const changes = live.map((route, at) => ({
    name: versionName(route.version),
    before: before[at] ?? 0,
    after: shares[at] ?? 0,
  }));
  const sticky = deployment.sticky.header !== null || deployment.sticky.column !== null;
  const consequences = consequencesOf(changes, perSecond, sticky);

  function move(at: number, value: number) {
    setDraft({ shares: rebalanced(shares, at, value), revision: draft?.revision ?? deployment.revision });
  }

  return (
    <Panel title="Traffic">
      <div className={css.sliders}>
        {live.map((route, at) => (
          <div key={route.id} className={css.slider}>
            <ServedVersionLink version={route.version} />
            <input
              type="range"
              min={0}
              max={WHOLE}
              step={STEP}
              value={shares[at] ?? 0}
              disabled={held || live.length < 2 || deployment.stopped}
              aria-label={`Share of ${versionName(route.version)}`}
              aria-valuetext={percent((shares[at] ?? 0) / WHOLE)}
              onChange={(event) => move(at, Number(event.target.value))}
            />
            <output className={css.share}>{percent((shares[at] ?? 0) / WHOLE)}</output>
          </div>
        ))}
      </div>
      <div className={css.after}>
        {held && deployment.rollout !== null ? (
          <Quiet>
            <RolloutLink id={deployment.rollout} text={`Rollout ${deployment.rollout}`} /> moves the traffic
            now. Promote, roll back or abort it to divide by hand.
          </Quiet>
        ) : deployment.stopped ? (
          <Quiet>Stopped: nothing answers. These shares hold again once it is resumed.</Quiet>
        ) : live.length < 2 ? (
          <Quiet>One version gets all requests. Start a rollout to bring in another.</Quiet>
        ) : (
          <Bar>
            <Button kind="primary" disabled={consequences.length === 0} onClick={() => setAsking(true)}>
              Preview the change
            </Button>
            {consequences.length > 0 && <Button onClick={() => setDraft(null)}>Leave as it is</Button>}
          </Bar>
        )}
      </div>
      {asking && draft !== null && (
        <ConfirmShares
          deployment={deployment}
          shares={draft.shares}
          revision={draft.revision}
          consequences={consequences}
          onClose={(done) => {
            setAsking(false);
            if (done) setDraft(null);
          }}
        />
      )}
    </Panel>
  );
}

interface ConfirmSharesProps {
  deployment: Deployment;
  shares: readonly number[];
  revision: number;
  consequences: readonly string[];
  onClose: (done: boolean) => void;
}

function ConfirmShares({ deployment, shares, revision, consequences, onClose }: ConfirmSharesProps) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);

  async function apply() {
    setBusy(true);
    try {
      await setRoutes(deployment.name, {
        routes: routesWith(deployment, shares),
        expected_revision: revision,
      });
      say("The traffic is divided anew.");
      onClose(true);
    } catch (error) {
      setRefusal(error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ["deployments"] });
    }
  }

  return (
    <Confirm
      open
      onClose={() => onClose(false)}
      onConfirm={() => void apply()}
      title={`Divide the traffic of ${deployment.name}`}
      verb="Divide the traffic"
      consequences={consequences}
      busy={busy}
    >
      {refusal !== null && <ErrorNotice error={refusal} />}
    </Confirm>
  );
}
