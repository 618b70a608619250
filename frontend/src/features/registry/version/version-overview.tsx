import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Comments } from "@/shared/comments/comments";
import { ServedBy } from "@/shared/deploy/served-by";
import { bytes, figure } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { DatasetLink } from "@/shared/ui/dataset-link";
import { FoundTable } from "@/shared/ui/found-table";
import { EditableMarkdown } from "@/shared/ui/markdown";
import { CodeBlock, CopyText, Loaded } from "@/shared/ui/notice";
import { Facts, Panel, Quiet, Split } from "@/shared/ui/page";
import { Tags } from "@/shared/ui/tags";
import { Time } from "@/shared/ui/time";
import type { Change } from "@/shared/ui/use-change";
import { deleteVersionTag, describeVersion, setVersionTag, type Version } from "../api/models";
import { runOfVersionQuery } from "../api/run-of-version";
import { signatureQuery } from "../api/signature-query";
import { HeldBy } from "./held-by";
import { ProofPanel } from "./proof-panel";

interface VersionOverviewProps {
  version: Version;
  change: Change;
}

export function VersionOverview({ version, change }: VersionOverviewProps) {
  return (
    <Split aside={<Aside version={version} change={change} />}>
      <Panel title="Description">
        <EditableMarkdown
          what="description"
          source={version.description}
          placeholder="What changed against the version before? Markdown."
          onSave={(text) => change(describeVersion(version.model, version.number, text))}
        />
      </Panel>
      <RunMetrics version={version} />
      <SignaturePanel version={version} />
      <Panel title="Use it">
        <CodeBlock
          label="Python"
          code={`import mlflow\n\nmlflow.set_tracking_uri("${serverAddress}")\nmodel = mlflow.pyfunc.load_model("models:/${version.model}/${version.number}")\nmodel.predict(data)`}
        />
      </Panel>
      <Comments about={`models/${version.model}/versions/${version.number}`} />
    </Split>
  );
}

function RunMetrics({ version }: { version: Version }) {
  const answer = useQuery(runOfVersionQuery(version.run_id));
  const metrics = answer.data?.metrics ?? [];
  if (!version.run_id) {
    return (
      <Panel title="Metrics of its run">
        <Quiet>No run is recorded for this version, so nothing is known about how it was trained.</Quiet>
      </Panel>
    );
  }
  return (
    <Panel
      title="Metrics of its run"
      flush={metrics.length > 0}
      actions={
        <Link to="/runs/$runId" params={{ runId: version.run_id }}>
          {answer.data?.name ?? "The run"}
        </Link>
      }
    >
      <Loaded of={answer} lines={4}>
        {metrics.length === 0 ? (
          <Quiet>The run logged none.</Quiet>
        ) : (
          <FoundTable
            label="Metrics"
            rows={metrics}
            rowKey={(metric) => metric.key}
            name={(metric) => metric.key}
            most={100}
            columns={[
              { header: "Metric", cell: (metric) => metric.key },
              { header: "Last", numeric: true, cell: (metric) => figure(metric.last) },
              { header: "Lowest", numeric: true, cell: (metric) => figure(metric.min) },
              { header: "Highest", numeric: true, cell: (metric) => figure(metric.max) },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function SignaturePanel({ version }: { version: Version }) {
  const answer = useQuery(signatureQuery(version));
  const rows = (answer.data ?? []).map((field, at) => ({ ...field, at }));
  return (
    <Panel title="Signature" flush={rows.length > 0}>
      <Loaded of={answer} lines={3}>
        {rows.length === 0 ? (
          <Quiet>
            This version says nothing about its inputs and outputs. Log the model with{" "}
            <code>input_example=</code> to record them.
          </Quiet>
        ) : (
          <FoundTable
            label="Inputs and outputs"
            rows={rows}
            rowKey={(row) => String(row.at)}
            name={(row) => row.name}
            columns={[
              { header: "Side", cell: (row) => row.side },
              { header: "Name", cell: (row) => row.name || "–" },
              { header: "Type", cell: (row) => row.type },
              { header: "Shape", cell: (row) => row.shape || "–" },
              { header: "Required", cell: (row) => (row.required ? "yes" : "no") },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function Aside({ version, change }: VersionOverviewProps) {
  return (
    <>
      <Panel title="About">
        <Facts
          facts={[
            ["Registered", <Time key="c" ms={version.created_ms} />],
            ["By", version.created_by || "–"],
            ["Size", version.size === null ? "–" : bytes(version.size)],
            ["Digest", version.digest ? <CopyText key="d" text={version.digest} short /> : "–"],
            ["Source", version.source || "–"],
          ]}
        />
      </Panel>
      <Data version={version} />
      <ProofPanel version={version} />
      <ServedBy model={version.model} number={version.number} />
      <HeldBy version={version} />
      <Panel title="Tags">
        <Tags
          tags={version.tags}
          onSet={(key, value) => change(setVersionTag(version.model, version.number, key, value))}
          onDelete={(key) => change(deleteVersionTag(version.model, version.number, key))}
        />
      </Panel>
    </>
  );
}

/** What its run used, each with a way to the dataset; nothing where no run is known, which is said elsewhere. */
function Data({ version }: { version: Version }) {
  const { data } = useQuery(runOfVersionQuery(version.run_id));
  const datasets = data?.datasets ?? [];
  if (datasets.length === 0) return null;
  return (
    <Panel title="Data of its run">
      <Facts
        facts={datasets.map(({ name, digest, context }) => [
          context || "Dataset",
          <DatasetLink key={`${name} ${digest} ${context}`} name={name} digest={digest} />,
        ])}
      />
    </Panel>
  );
}
