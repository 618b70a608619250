import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Choice, Form, TextArea, TextField } from "@/shared/ui/field";
import { ErrorNotice } from "@/shared/ui/notice";
import popup from "@/shared/ui/popup.module.css";
import { startRollout } from "../api/changes";
import type { Deployment } from "../api/serving";
import { versionName } from "../links";
import { useOrder } from "../use-order";
import { KINDS, type Kind, plannedWords, rolloutAsked } from "./rollout-plan";

/** Plan a rollout, read what it will do, start it. */
export function StartRollout({ deployment, onClose }: { deployment: Deployment; onClose: () => void }) {
  const live = deployment.routes.find((route) => route.mode === "live" && route.share > 0);
  const navigate = useNavigate();
  const { busy, refusal, order } = useOrder(onClose);
  const [plan, setPlan] = useState({
    version: live ? `${live.version.model}:` : "",
    kind: "canary" as Kind,
    steps: KINDS.canary.steps,
    guards: "error_rate not worse",
    replay: "",
    dwell: "1m",
    deadline: "2h",
  });
  const change = (part: Partial<typeof plan>) => setPlan({ ...plan, ...part });
  const ready = /(:\d+|@.+)$/.test(plan.version.trim());

  async function start() {
    const started = await startRollout(deployment.name, rolloutAsked(plan));
    await navigate({ to: "/rollouts/$id", params: { id: String(started.id) } });
  }

  return (
    <Dialog open wide onClose={onClose} title={`Start a rollout in ${deployment.name}`}>
      <Form
        onSubmit={() => void order(start, "The rollout has started.")}
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={!ready || busy}>
              Start the rollout
            </Button>
          </>
        }
      >
        <TextField
          label="Version"
          value={plan.version}
          hint={`Such as ${live ? versionName(live.version) : "fraud:17"}, or with an alias: fraud@challenger`}
          onChange={(event) => change({ version: event.target.value })}
        />
        <Choice
          label="How"
          value={plan.kind}
          onChange={(event) => {
            const kind = event.target.value as Kind;
            change({ kind, steps: KINDS[kind].steps });
          }}
        >
          {Object.entries(KINDS).map(([kind, { label }]) => (
            <option key={kind} value={kind}>
              {label}
            </option>
          ))}
        </Choice>
        {plan.kind !== "shadow" && (
          <TextField
            label="Steps"
            value={plan.steps}
            hint="The candidate's shares, rising."
            onChange={(event) => change({ steps: event.target.value })}
          />
        )}
        <TextArea
          label="Guards, one a line"
          rows={2}
          value={plan.guards}
          hint="Such as: error_rate not worse · p99 not worse · p99 < 30ms · disagreement < 2%"
          onChange={(event) => change({ guards: event.target.value })}
        />
        <TextField
          label="Stored rows to ask it first"
          value={plan.replay}
          inputMode="numeric"
          hint="Such as 1000, with a guard that such rows can decide: disagreement < 2%"
          onChange={(event) => change({ replay: event.target.value })}
        />
        <TextField
          label="At least so long on each step"
          value={plan.dwell}
          onChange={(event) => change({ dwell: event.target.value })}
        />
        <TextField
          label="Deadline"
          value={plan.deadline}
          hint="After it the rollout holds and asks you."
          onChange={(event) => change({ deadline: event.target.value })}
        />
        <ul className={popup.consequences} aria-label="What will happen">
          {plannedWords(plan, live ? versionName(live.version) : "the present version").map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        {refusal !== null && <ErrorNotice error={refusal} />}
      </Form>
    </Dialog>
  );
}
