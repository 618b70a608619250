import { Link } from "@tanstack/react-router";
import { exactTime } from "@/shared/lib/format";
import { Badge } from "@/shared/ui/badge";
import { DatasetLink } from "@/shared/ui/dataset-link";
import { CopyText } from "@/shared/ui/notice";
import { type Fact, Facts, Panel, Quiet } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import type { Prediction } from "../api/serving";
import css from "../serving.module.css";
import { codeFacts, Diffs } from "./code";
import { EvaluationsPanel } from "./evaluations";

type Provenance = NonNullable<Prediction["provenance"]>;
type TrainingRun = NonNullable<Provenance["run"]>;

/** Where the version behind the answer came from: who registered it, its run, code, data and libraries. */
export function Origin({ prediction: { provenance } }: { prediction: Prediction }) {
  if (provenance === null)
    return (
      <Panel title="Where the version came from">
        <Quiet>The registry no longer has this version, so only the digest of its files is known.</Quiet>
      </Panel>
    );
  const { run } = provenance;
  return (
    <>
      <div className={css.two}>
        <Panel title="Where the version came from">
          <Facts
            facts={[
              ["Registered", exactTime(provenance.registered_ms)],
              ["By", provenance.registered_by || "–"],
              provenance.description !== "" && ["Description", provenance.description],
              ["Source", provenance.source || "–"],
              [
                "Files",
                provenance.same_bytes ? (
                  "the same as then"
                ) : (
                  <Badge key="b" tone="warn">
                    not those that answered
                  </Badge>
                ),
              ],
            ]}
          />
        </Panel>
        <Panel title="Run and code">
          <Facts facts={[...runFacts(run), ...codeFacts(provenance)]} />
          <Diffs diffs={provenance.code.diffs} />
        </Panel>
      </div>
      <Panel title="Data it learned from" flush={(run?.datasets.length ?? 0) > 0}>
        {run === null || run.datasets.length === 0 ? (
          <Quiet>No dataset was logged with the run.</Quiet>
        ) : (
          <SmallTable
            label="Data it learned from"
            rows={run.datasets}
            rowKey={(dataset) => `${dataset.name} ${dataset.digest}`}
            columns={[
              { header: "Dataset", cell: (dataset) => <DatasetLink {...dataset} /> },
              { header: "Digest", whole: true, cell: (dataset) => <CopyText text={dataset.digest} short /> },
              { header: "From", cell: (dataset) => dataset.source },
            ]}
          />
        )}
      </Panel>
      <EvaluationsPanel found={provenance.evaluations} />
      <Panel title="Environment" flush={provenance.environment.length > 0}>
        {provenance.environment.length === 0 ? (
          <Quiet>No file names the libraries of this version.</Quiet>
        ) : (
          <SmallTable
            label="Files that name its libraries"
            rows={provenance.environment}
            rowKey={(file) => file.path}
            columns={[
              { header: "File", cell: (file) => <code>{file.path}</code> },
              { header: "Digest", whole: true, cell: (file) => <CopyText text={file.digest} short /> },
            ]}
          />
        )}
      </Panel>
    </>
  );
}

function runFacts(run: TrainingRun | null): Fact[] {
  if (run === null) return [["Run", "not recorded"]];
  return [
    [
      "Run",
      <Link key="r" to="/runs/$runId" params={{ runId: run.id }}>
        {run.name || run.id}
      </Link>,
    ],
    ["By", run.user || "–"],
    ["Started", run.started_ms > 0 ? exactTime(run.started_ms) : "–"],
  ];
}
