import { useQuery } from "@tanstack/react-query";
import { lazyRouteComponent } from "@tanstack/react-router";
import { useState } from "react";
import { bytes, plural } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { Loaded } from "@/shared/ui/notice";
import { Facts, Panel } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import { type Ledger, ledgerQuery } from "../api/ledger";
import { percent } from "../words";

const KeepDialog = lazyRouteComponent(() => import("./keep-dialog"), "KeepDialog");

/** What the ledger keeps of the deployment's predictions, for how long, and what it holds now. */
export function LedgerPanel({ deployment }: { deployment: string }) {
  const answer = useQuery(ledgerQuery(deployment));
  const [changing, setChanging] = useState(false);
  return (
    <Panel
      title="Ledger"
      actions={
        answer.data && (
          <Button small onClick={() => setChanging(true)}>
            Change
          </Button>
        )
      }
    >
      <Loaded of={answer} lines={4}>
        {answer.data && <Held ledger={answer.data} />}
        {answer.data && changing && <KeepDialog ledger={answer.data} onClose={() => setChanging(false)} />}
      </Loaded>
    </Panel>
  );
}

function Held({ ledger }: { ledger: Ledger }) {
  const { logging, rows, size_bytes, first_ms } = ledger;
  return (
    <Facts
      facts={[
        ["Holds", `${plural(rows, "prediction")}, ${bytes(size_bytes)}`],
        first_ms !== null && ["Since", <Time key="f" ms={first_ms} />],
        ["Keeps", `${percent(logging.share)} of rows`],
        ["How long", logging.keep_days === null ? "for ever" : plural(logging.keep_days, "day")],
        !logging.inputs && ["Inputs", "not kept"],
        logging.hashed.length > 0 && ["Hashed", logging.hashed.join(", ")],
        logging.masked.length > 0 && ["Left out", logging.masked.join(", ")],
      ]}
    />
  );
}
