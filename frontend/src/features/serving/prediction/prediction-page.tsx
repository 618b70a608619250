import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ApiError } from "@/shared/api/errors";
import { CopyText, Loaded } from "@/shared/ui/notice";
import { Page, Panel, Quiet, Split } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { predictionQuery } from "../api/serving";
import { AsJson } from "../as-json";
import { AttributionPanel } from "./attribution-panel";
import { Circumstances } from "./circumstances";
import { Origin } from "./origin";
import { Outcomes } from "./outcomes";
import { ReplayPanel } from "./replay-panel";
import { valueWords } from "./values";

const AGAIN_MS = 2_000;

/** Where one answer came from, what went in and what came out, and whether it comes out the same today. */
export function PredictionPage() {
  const { id } = useParams({ from: "/predictions/$id" });
  const answer = useQuery({
    ...predictionQuery(id),
    refetchInterval: ({ state }) => (isOnItsWay(state.error) ? AGAIN_MS : false),
  });
  const waits = isOnItsWay(answer.error);
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
      actions={prediction && <AsJson path={`/predictions/${id}`} name={`prediction-${id}`} />}
      lead={<CopyText text={id} />}
    >
      <Loaded of={waits ? { ...answer, isPending: true } : answer} lines={12}>
        {prediction && (
          <Split aside={<Circumstances prediction={prediction} />}>
            <Values title="Inputs" values={prediction.inputs} hidden={prediction.hidden} />
            <Values title="Outputs" values={prediction.outputs} hidden={[]} />
            <AttributionPanel id={id} />
            <ReplayPanel prediction={prediction} id={id} />
            <Outcomes prediction={prediction} id={id} />
            <Origin prediction={prediction} />
          </Split>
        )}
      </Loaded>
      {waits && (
        <Quiet>
          The ledger gets answers some seconds after their callers. This one is looked for again every two
          seconds.
        </Quiet>
      )}
    </Page>
  );
}

/** Whoever opens an answer from the form is quicker than the ledger: the server says how long that is no error. */
function isOnItsWay(error: unknown): boolean {
  return error instanceof ApiError && error.facts.on_its_way === true;
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
