import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { CopyText, Loaded } from "@/shared/ui/notice";
import { Page, Panel, Quiet, Split } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { predictionQuery } from "../api/serving";
import { AttributionPanel } from "./attribution-panel";
import { Circumstances } from "./circumstances";
import { Origin } from "./origin";
import { Outcomes } from "./outcomes";
import { ReplayPanel } from "./replay-panel";
import { valueWords } from "./values";

/** Where one answer came from, what went in and what came out, and whether it comes out the same today. */
export function PredictionPage() {
  const { id } = useParams({ from: "/predictions/$id" });
  const answer = useQuery(predictionQuery(id));
  const prediction = answer.data;
  return (
    <Page
      title={`Prediction ${id.slice(0, 12)}…`}
      heading={<h1>Prediction</h1>}
      crumbs={[
        <Link key="all" to="/predictions">
          Predictions
        </Link>,
      ]}
      lead={<CopyText text={id} />}
    >
      <Loaded of={answer} lines={12}>
        {prediction && (
          <Split aside={<Circumstances prediction={prediction} />}>
            <Values title="Inputs" values={prediction.inputs} hidden={prediction.hidden} />
            <Values title="Outputs" values={prediction.outputs} hidden={[]} />
            <Outcomes prediction={prediction} id={id} />
            <Origin prediction={prediction} />
            <ReplayPanel prediction={prediction} id={id} />
            <AttributionPanel id={id} />
          </Split>
        )}
      </Loaded>
    </Page>
  );
}

interface ValuesProps {
  title: string;
  values: Readonly<Record<string, unknown>>;
  hidden: readonly string[];
}

function Values({ title, values, hidden }: ValuesProps) {
  const rows = Object.entries(values);
  return (
    <Panel title={title} flush={rows.length > 0}>
      {rows.length === 0 ? (
        <Quiet>The ledger does not keep them for this deployment.</Quiet>
      ) : (
        <SmallTable
          label={title}
          rows={rows}
          rowKey={([name]) => name}
          columns={[
            { header: "Name", cell: ([name]) => name },
            {
              header: "Value",
              cell: ([name, value]) => (
                <>
                  <code>{valueWords(value)}</code>
                  {hidden.includes(name) && <Quiet> hidden by the deployment's rules</Quiet>}
                </>
              ),
            },
          ]}
        />
      )}
    </Panel>
  );
}
