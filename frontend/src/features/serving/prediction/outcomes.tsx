import { figure } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { CodeBlock } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import type { Prediction } from "../api/serving";

/** What turned out to be true of the prediction, as far as it was told. */
export function Outcomes({ prediction, id }: { prediction: Prediction; id: string }) {
  const { outcomes, deployment } = prediction;
  return (
    <Panel title="What turned out" flush={outcomes.length > 0}>
      {outcomes.length === 0 ? (
        <Stack>
          <Quiet>
            Nothing is known yet. Tell it when the truth is there; guards on outcomes learn from it:
          </Quiet>
          <CodeBlock
            label="Terminal"
            code={`export MODELWRIGHT_URL=${serverAddress}\nmodelwright outcome add ${deployment} ${id} value=1`}
          />
        </Stack>
      ) : (
        <SmallTable
          label="Outcomes"
          rows={outcomes}
          rowKey={(outcome) => outcome.name}
          columns={[
            { header: "Outcome", cell: (outcome) => outcome.name },
            {
              header: "Value",
              cell: (outcome) => (outcome.value === null ? outcome.label : figure(outcome.value)),
            },
            { header: "Told", cell: (outcome) => <Time ms={outcome.received_ms} /> },
          ]}
        />
      )}
    </Panel>
  );
}
