import { exactTime, figure, plural } from "@/shared/lib/format";
import { DatasetLink } from "@/shared/ui/dataset-link";
import { type Fact, Facts, Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import type { Prediction } from "../api/serving";
import { RolloutLink } from "../links";

type Evaluations = NonNullable<Prediction["provenance"]>["evaluations"];

/** The latest so many rollouts stand on the page; a version that answers for a year was in many. */
const SHOWN = 5;

/** What was found about the version: metrics with their dataset, load-proof, conversion, rollouts. */
export function EvaluationsPanel({ found }: { found: Evaluations }) {
  return (
    <>
      <Panel title="Metrics of the version" flush={found.scores.length > 0}>
        {found.scores.length === 0 ? (
          <Quiet>No metric is recorded.</Quiet>
        ) : (
          <SmallTable
            label="Metrics of the version"
            rows={found.scores}
            rowKey={(score) => `${score.metric} ${score.dataset} ${score.dataset_digest} ${score.run_id}`}
            columns={[
              { header: "Metric", cell: (score) => score.metric },
              { header: "Value", numeric: true, cell: (score) => figure(score.value) },
              {
                header: "Dataset",
                cell: (score) => <DatasetLink name={score.dataset} digest={score.dataset_digest} />,
              },
              { header: "At", cell: (score) => exactTime(score.at_ms) },
            ]}
          />
        )}
      </Panel>
      <Panel title="Proofs and verdicts">
        <Stack>
          <Facts
            facts={[
              ["Load-proof", proven(found.proof)],
              ...(found.parities.length > 0
                ? found.parities.map((one) => [`ONNX on ${one.node}`, equalled(one.parity)] as const)
                : [["ONNX", "no conversion is recorded"] as const]),
              ...found.rollouts.slice(0, SHOWN).map(verdictFact),
              found.rollouts.length === 0 && ["Rollouts", "it was in none"],
            ]}
          />
          {found.rollouts.length > SHOWN && (
            <details>
              <summary>{plural(found.rollouts.length - SHOWN, "earlier rollout")}</summary>
              <Facts facts={found.rollouts.slice(SHOWN).map(verdictFact)} />
            </details>
          )}
        </Stack>
      </Panel>
    </>
  );
}

function verdictFact(one: Evaluations["rollouts"][number]): Fact {
  return [
    `Rollout ${one.rollout}`,
    <p key={one.rollout}>
      <RolloutLink id={one.rollout} text={`${one.role} against ${one.against}`} />:{" "}
      {one.phase.replaceAll("_", " ")}, {one.reason}
    </p>,
  ];
}

function proven(proof: Evaluations["proof"]): string {
  if (proof === null) return "not recorded";
  const { state, reason } = proof.finding;
  return reason ? `${state}: ${reason}` : state;
}

function equalled(parity: Evaluations["parities"][number]["parity"]): string {
  if (!parity.proven) return `not used: ${parity.reason}`;
  return `proven equal on ${parity.rows} rows, largest difference ${figure(parity.largest_difference)}`;
}
