import { useState } from "react";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { ErrorNotice } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { replay } from "../api/changes";
import type { Prediction, Replayed } from "../api/serving";
import { versionName } from "../links";
import { differenceWords, valueWords } from "./values";

/** Have the same version answer the same again, and say equal or how different. */
export function ReplayPanel({ prediction, id }: { prediction: Prediction; id: string }) {
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<Replayed | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);

  async function again() {
    setBusy(true);
    setRefusal(null);
    try {
      setFound(await replay(id));
    } catch (error) {
      setFound(null);
      setRefusal(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Panel
      title="Replay"
      actions={
        <Button small icon="play" disabled={busy} onClick={() => void again()}>
          {busy ? "Asking…" : "Replay"}
        </Button>
      }
    >
      <Stack>
        {refusal !== null && <ErrorNotice error={refusal} />}
        {found && (
          <>
            <div role="status">
              {found.equal ? (
                <Badge tone="good">Equal: today's answer is that of then</Badge>
              ) : (
                <Badge tone="bad">Different: today's answer is not that of then</Badge>
              )}
            </div>
            <SmallTable
              label="Then and today"
              rows={Object.entries(found.outputs)}
              rowKey={([name]) => name}
              columns={[
                { header: "Output", cell: ([name]) => name },
                {
                  header: "Then",
                  cell: ([name]) => <code>{valueWords(prediction.outputs[name] ?? null)}</code>,
                },
                { header: "Today", cell: ([, value]) => <code>{valueWords(value)}</code> },
                {
                  header: "Difference",
                  whole: true,
                  cell: ([name]) => differenceWords(found.differences[name]),
                },
              ]}
            />
          </>
        )}
        {found === null && refusal === null && (
          <Quiet>
            Asks {versionName(prediction.version)} the same again on a node that has it loaded, and compares.
          </Quiet>
        )}
      </Stack>
    </Panel>
  );
}
