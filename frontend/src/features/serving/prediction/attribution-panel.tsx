import { useState } from "react";
import { figure } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { ErrorNotice } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { type Attribution, attribution } from "../api/attribution";
import { attributedWords, signed, valueWords } from "./values";

/** What of the answer is due to which feature, computed when first asked for. */
export function AttributionPanel({ id }: { id: string }) {
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<Attribution | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);

  async function compute() {
    setBusy(true);
    setRefusal(null);
    try {
      setFound(await attribution(id));
    } catch (error) {
      setRefusal(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Panel
      title="Attribution"
      actions={
        <Button small icon="play" disabled={busy} onClick={() => void compute()}>
          {busy ? "Asking…" : "Attribute"}
        </Button>
      }
    >
      <Stack>
        {refusal !== null && <ErrorNotice error={refusal} />}
        {found === null && refusal === null && (
          <Quiet>
            How much each feature did for this answer: asks the version about rows mixed of this one and of
            earlier ones (Shapley values).
          </Quiet>
        )}
        {found && <Shares found={found} />}
      </Stack>
    </Panel>
  );
}

function Shares({ found }: { found: Attribution }) {
  return (
    <>
      <div role="status">{attributedWords(found)}</div>
      <SmallTable
        label="Due to each feature"
        rows={found.features}
        rowKey={({ feature }) => feature}
        columns={[
          { header: "Feature", cell: ({ feature }) => feature },
          { header: "Value", cell: ({ value }) => <code>{valueWords(value)}</code> },
          { header: "Due to it", numeric: true, cell: ({ attribution: due }) => signed(due) },
          {
            header: "Standard error",
            numeric: true,
            cell: ({ error }) => (found.method === "permutation" ? figure(error, 2) : "exact"),
          },
        ]}
      />
    </>
  );
}
