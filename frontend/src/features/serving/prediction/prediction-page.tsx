import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { exactTime, utcTime } from "@/shared/lib/format";
import { CopyText, Loaded } from "@/shared/ui/notice";
import { Facts, Page, Panel, Quiet, Split } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { originQuery, type Prediction, predictionQuery, runQuery } from "../api/serving";
import { DeploymentLink, RolloutLink, ServedVersionLink } from "../links";
import { milliseconds, percent } from "../words";
import { AttributionPanel } from "./attribution-panel";
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
          <Split aside={<Origin prediction={prediction} />}>
            <Values title="Inputs" values={prediction.inputs} hidden={prediction.hidden} />
            <Values title="Outputs" values={prediction.outputs} hidden={[]} />
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

const COMMIT_TAG = "mlflow.source.git.commit";

function Origin({ prediction }: { prediction: Prediction }) {
  const version = useQuery({ ...originQuery(prediction.version), retry: false });
  const run = useQuery({ ...runQuery(version.data?.run_id), retry: false });
  const { rollout } = prediction;
  const runId = version.data?.run_id;
  const commit = run.data?.tags[COMMIT_TAG];
  return (
    <>
      <Panel title="Where it came from">
        <Facts
          facts={[
            ["Version", <ServedVersionLink key="v" version={prediction.version} />],
            ["Digest", <CopyText key="d" text={prediction.manifest} short />],
            [
              "Run",
              runId ? (
                <Link key="r" to="/runs/$runId" params={{ runId }}>
                  {run.data?.name ?? runId}
                </Link>
              ) : (
                "not recorded"
              ),
            ],
            ["Commit", commit ? <CopyText key="c" text={commit} short /> : "not recorded"],
            ["Deployment", <DeploymentLink key="e" name={prediction.deployment} />],
            ["Route", prediction.route],
            [
              "Node",
              <Link key="n" to="/nodes">
                {prediction.node}
              </Link>,
            ],
            ["Engine", prediction.engine],
          ]}
        />
      </Panel>
      <Panel title="When and for whom">
        <Facts
          facts={[
            ["Answered", exactTime(prediction.at_ms)],
            ["In UTC", utcTime(prediction.at_ms)],
            ["Took", milliseconds(prediction.latency_ms)],
            ["Caller", prediction.caller || "no key"],
            ["Row", `${prediction.position + 1} of its request`],
            ["Kept", `${percent(prediction.share)} of rows are`],
          ]}
        />
      </Panel>
      <Panel title="Rollout of that moment">
        {rollout === null ? (
          <Quiet>None was under way.</Quiet>
        ) : (
          <Facts
            facts={[
              ["Rollout", <RolloutLink key="r" id={rollout.id} text={`Rollout ${rollout.id}`} />],
              ["Candidate", rollout.candidate],
              ["Its share", percent(rollout.share)],
              ["Why", rollout.reason],
            ]}
          />
        )}
      </Panel>
    </>
  );
}
