import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/dialog";
import { TextField } from "@/shared/ui/field";
import { ErrorNotice } from "@/shared/ui/notice";
import { type Order, orderRollout, resumeRollout } from "../api/changes";
import type { Rollout } from "../api/serving";
import { aloud, useOrder } from "../use-order";
import { FINISHED } from "./phases";

interface OrderWords {
  button: string;
  verb: string;
  told: string;
  danger: boolean;
  consequences: string[];
}

function wordsOf(order: Order, { state }: Rollout): OrderWords {
  const { control_label: control, candidate_label: candidate } = state.plan;
  const kept = "The decision and your reason are kept in the timeline and the activity log.";
  if (order === "promote")
    return {
      button: "Promote",
      verb: `Promote ${candidate}`,
      told: `${candidate} answers everything.`,
      danger: false,
      consequences: [
        `${candidate} answers all requests from now on, whatever its guards have proven so far.`,
        `${control} stays loaded without traffic, so going back takes about a second.`,
        kept,
      ],
    };
  if (order === "abort")
    return {
      button: "Abort",
      verb: "Abort the rollout",
      told: `The rollout is aborted; ${control} answers everything.`,
      danger: true,
      consequences: [
        `${control} answers all requests again, within two seconds on every node.`,
        `Nothing is said about ${candidate}: the rollout ends without a verdict.`,
        kept,
      ],
    };
  return {
    button: "Roll back",
    verb: `Roll back to ${control}`,
    told: `${control} answers everything.`,
    danger: true,
    consequences: [
      `${control} answers all requests again, within two seconds on every node. No request is lost.`,
      `${candidate} is recorded as rolled back. It stays loaded until the next change of routes.`,
      kept,
    ],
  };
}

interface OrderDialogProps {
  rollout: Rollout;
  asked: Order;
  onClose: () => void;
}

/** What an order brings, the reason for it, and the order. */
export function OrderDialog({ rollout, asked, onClose }: OrderDialogProps) {
  const [reason, setReason] = useState("");
  const { busy, refusal, order } = useOrder(onClose);
  const words = wordsOf(asked, rollout);
  return (
    <Confirm
      open
      danger={words.danger}
      busy={busy}
      onClose={onClose}
      onConfirm={() => void order(() => orderRollout(rollout.id, asked, reason), words.told)}
      title={`${words.button} rollout ${rollout.id}?`}
      verb={words.verb}
      consequences={words.consequences}
    >
      <TextField
        label="Why (kept in the timeline)"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {refusal !== null && <ErrorNotice error={refusal} />}
    </Confirm>
  );
}

/** Promote, roll back or abort, each with what it brings; a held rollout may also go on. */
export function RolloutOrders({ rollout }: { rollout: Rollout }) {
  const [asked, setAsked] = useState<Order | null>(null);
  const { busy, order } = useOrder(() => setAsked(null));
  if (FINISHED.has(rollout.phase)) return null;
  return (
    <>
      {rollout.phase === "held" && (
        <Button
          icon="play"
          disabled={busy}
          onClick={() => void order(() => aloud(resumeRollout(rollout.id)), "The rollout goes on.")}
        >
          Go on
        </Button>
      )}
      <Button kind="danger" onClick={() => setAsked("rollback")}>
        Roll back
      </Button>
      <Button kind="primary" onClick={() => setAsked("promote")}>
        Promote
      </Button>
      <Button onClick={() => setAsked("abort")}>Abort</Button>
      {asked !== null && <OrderDialog rollout={rollout} asked={asked} onClose={() => setAsked(null)} />}
    </>
  );
}
