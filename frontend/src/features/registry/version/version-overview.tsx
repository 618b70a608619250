import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { bytes, figure } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { EditableMarkdown } from "@/shared/ui/markdown";
import { CodeBlock, CopyText, Loaded } from "@/shared/ui/notice";
import { Facts, Panel, Quiet, Split } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Tags } from "@/shared/ui/tags";
import { Time } from "@/shared/ui/time";
import { deleteVersionTag, describeVersion, setVersionTag, type Version } from "../api/models";
import { runOfVersionQuery } from "../api/run-of-version";

interface VersionOverviewProps {
  version: Version;
  after: (change: Promise<unknown>) => Promise<unknown>;
}

export function VersionOverview({ version, after }: VersionOverviewProps) {
  return (
    <Split aside={<Aside version={version} after={after} />}>
      <Panel title="Description">
        <EditableMarkdown
          what="description"
          source={version.description}
          placeholder="What changed against the version before? Markdown."
          onSave={(text) => after(describeVersion(version.model, version.number, text))}
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
    </Split>
  );
}

function RunMetrics({ version }: { version: Version }) {
  const answer = useQuery(runOfVersionQuery(version.run_id));
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
      flush
      actions={
        <Link to="/runs/$runId" params={{ runId: version.run_id }}>
          {answer.data?.name ?? "The run"}
        </Link>
      }
    >
      <Loaded of={answer} lines={4}>
        <SmallTable
          label="Metrics"
          rows={answer.data?.metrics.slice(0, 100) ?? []}
          rowKey={(metric) => metric.key}
          columns={[
            { header: "Metric", cell: (metric) => metric.key },
            { header: "Last", numeric: true, cell: (metric) => figure(metric.last) },
            { header: "Lowest", numeric: true, cell: (metric) => figure(metric.min) },
            { header: "Highest", numeric: true, cell: (metric) => figure(metric.max) },
          ]}
        />
      </Loaded>
    </Panel>
  );
}

function SignaturePanel({ version }: { version: Version }) {
  const rows = version.signature
    ? [
        ...version.signature.inputs.map((field) => ({ side: "input", field })),
        ...version.signature.outputs.map((field) => ({ side: "output", field })),
        ...version.signature.params.map((field) => ({ side: "parameter", field })),
      ].map((row, at) => ({ ...row, at }))
    : [];
  return (
    <Panel title="Signature" flush={rows.length > 0}>
      {rows.length === 0 ? (
        <Quiet>
          This version says nothing about its inputs and outputs. Log the model with{" "}
          <code>input_example=</code> to record them.
        </Quiet>
      ) : (
        <SmallTable
          label="Signature"
          rows={rows.slice(0, 300)}
          rowKey={(row) => String(row.at)}
          columns={[
            { header: "Side", cell: (row) => row.side },
            { header: "Name", cell: (row) => row.field.name ?? "(unnamed)" },
            { header: "Type", cell: (row) => row.field.type },
            {
              header: "Shape",
              cell: (row) => (row.field.shape ? row.field.shape.join(" × ").replaceAll("-1", "any") : "–"),
            },
            { header: "Required", cell: (row) => (row.field.required ? "yes" : "no") },
          ]}
        />
      )}
    </Panel>
  );
}

function Aside({ version, after }: VersionOverviewProps) {
  const quietly = (change: Promise<unknown>) => void after(change).catch(() => undefined);
  return (
    <>
      <Panel title="About">
        <Facts
          facts={[
            ["Registered", <Time key="c" ms={version.created_ms} />],
            ["By", version.created_by || "–"],
            ["Size", version.size_bytes === null ? "–" : bytes(version.size_bytes)],
            ["Digest", version.digest ? <CopyText key="d" text={version.digest} short /> : "–"],
            ["Source", version.source || "–"],
          ]}
        />
      </Panel>
      <Panel title="Tags">
        <Tags
          tags={version.tags}
          onSet={(key, value) => quietly(setVersionTag(version.model, version.number, key, value))}
          onDelete={(key) => quietly(deleteVersionTag(version.model, version.number, key))}
        />
      </Panel>
    </>
  );
}
