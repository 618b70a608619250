import { useState } from "react";
import { plural } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Form, TextField } from "@/shared/ui/field";
import { ErrorNotice } from "@/shared/ui/notice";
import popup from "@/shared/ui/popup.module.css";
import { keepInLedger, type Ledger } from "../api/ledger";
import { useOrder } from "../use-order";
import { readDays } from "./keep-days";

/** For how long predictions are kept; a shorter time deletes older ones, which is said first. */
export function KeepDialog({ ledger, onClose }: { ledger: Ledger; onClose: () => void }) {
  const { deployment, logging, rows } = ledger;
  const [typed, setTyped] = useState(logging.keep_days === null ? "" : String(logging.keep_days));
  const { busy, refusal, order } = useOrder(onClose);
  const days = readDays(typed);
  return (
    <Dialog open onClose={onClose} title={`Keep the predictions of ${deployment}`}>
      <Form
        onSubmit={() =>
          days !== undefined &&
          void order(
            () => keepInLedger(deployment, { ...logging, keep_days: days }),
            "The ledger's rule is changed.",
          )
        }
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              kind={days === null || days === undefined ? "primary" : "danger"}
              type="submit"
              disabled={busy || days === undefined}
            >
              {days ? `Keep for ${plural(days, "day")}` : "Keep for ever"}
            </Button>
          </>
        }
      >
        <TextField
          label="Days"
          inputMode="numeric"
          value={typed}
          hint="Empty: for ever."
          error={days === undefined ? "A whole number from 1 to 36,500, or nothing." : undefined}
          onChange={(event) => setTyped(event.target.value)}
        />
        {days !== undefined && (
          <ul className={popup.consequences} aria-label="What will happen">
            <li>
              {days === null
                ? `What the ledger holds (${plural(rows, "prediction")}) is kept until somebody deletes it.`
                : `Predictions older than ${plural(days, "day")} are deleted for good, with their outcomes; they can be explained and replayed no more.`}
            </li>
            <li>Running requests notice nothing.</li>
          </ul>
        )}
        {refusal !== null && <ErrorNotice error={refusal} />}
      </Form>
    </Dialog>
  );
}
