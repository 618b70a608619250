import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { rowsOf } from "@/shared/api/pages";
import { figure, plural } from "@/shared/lib/format";
import { StateBadge } from "@/shared/ui/badge";
import { FoundTable } from "@/shared/ui/found-table";
import { More } from "@/shared/ui/more";
import { CodeBlock, CopyText, Loaded } from "@/shared/ui/notice";
import { Facts, Page, Panel, Quiet, Split } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import {
  type Dataset,
  type DatasetId,
  type DatasetVersion,
  datasetQuery,
  datasetVersionsQuery,
  usesQuery,
} from "../api/datasets";
import { columnsOf, countsOf } from "./described";

const NOT_SAID = "not said";

/** What a dataset is, which runs used it and what for, and which versions came of it. */
export function DatasetPage() {
  const id = useParams({ from: "/datasets/$name/$digest" });
  const answer = useQuery(datasetQuery(id));
  const dataset = answer.data;
  return (
    <Page title={id.name} crumbs={["Dataset"]} lead={<CopyText text={id.digest} />}>
      <Loaded of={answer} lines={10}>
        {dataset && (
          <Split aside={<Aside dataset={dataset} />}>
            <Runs id={id} />
            <Versions id={id} />
            <Schema schema={dataset.schema} />
          </Split>
        )}
      </Loaded>
    </Page>
  );
}

function Runs({ id }: { id: DatasetId }) {
  const answer = useInfiniteQuery(usesQuery(id));
  return (
    <Panel title="Runs that used it" flush>
      <Loaded of={answer} lines={4}>
        <SmallTable
          label="Runs that used it"
          rows={rowsOf(answer.data)}
          rowKey={(use) => `${use.run_id} ${use.context}`}
          columns={[
            {
              header: "Run",
              cell: (use) => (
                <Link to="/runs/$runId" params={{ runId: use.run_id }}>
                  {use.run_name || use.run_id}
                </Link>
              ),
            },
            { header: "Used for", cell: (use) => use.context || <Quiet>{NOT_SAID}</Quiet> },
            {
              header: "State",
              whole: true,
              cell: (use) => <StateBadge state={use.deleted ? "deleted" : use.status.toLowerCase()} />,
            },
            {
              header: "Experiment",
              cell: (use) => (
                <Link to="/experiments/$experimentId" params={{ experimentId: use.experiment_id }}>
                  {use.experiment}
                </Link>
              ),
            },
            { header: "Started", whole: true, cell: (use) => <Time ms={use.started_ms} /> },
          ]}
        />
        <More what="runs" answer={answer} />
      </Loaded>
    </Panel>
  );
}

function Versions({ id }: { id: DatasetId }) {
  const answer = useQuery(datasetVersionsQuery(id));
  const items = answer.data?.items ?? [];
  return (
    <Panel
      title="Versions trained or measured on it"
      flush={items.length > 0}
      actions={answer.data?.whole === false && <Quiet>of the last 5,000 runs and logged models</Quiet>}
    >
      <Loaded of={answer} lines={3}>
        {items.length === 0 ? (
          <Quiet>No version is of a run that used it, and none was measured on it.</Quiet>
        ) : (
          <FoundTable
            label="Versions trained or measured on it"
            rows={items}
            rowKey={({ model, number }) => `${model}:${number}`}
            name={({ model, number }) => `${model}:${number}`}
            columns={[
              {
                header: "Version",
                cell: ({ model, number }) => (
                  <Link
                    to="/models/$name/versions/$number"
                    params={{ name: model, number: String(number) }}
                  >{`${model}:${number}`}</Link>
                ),
              },
              { header: "Its run used it for", cell: (version) => usedFor(version) },
              { header: "Measured on it", cell: (version) => measured(version) },
              { header: "Registered", whole: true, cell: (version) => <Time ms={version.created_ms} /> },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function usedFor({ contexts }: DatasetVersion) {
  if (contexts.length === 0) return <Quiet>not used</Quiet>;
  return contexts.map((one) => one || NOT_SAID).join(", ");
}

function measured({ metrics }: DatasetVersion) {
  if (metrics.length === 0) return <Quiet>no metric</Quiet>;
  return metrics.map(({ key, value }) => `${key} ${value === null ? "NaN" : figure(value)}`).join(", ");
}

function Schema({ schema }: { schema: string }) {
  const columns = columnsOf(schema);
  if (columns === null)
    return (
      <Panel title="Schema">
        {schema === "" ? <Quiet>None was logged.</Quiet> : <CodeBlock label="Schema" code={schema} />}
      </Panel>
    );
  const rows = columns.map((one, at) => ({ ...one, at }));
  return (
    <Panel title="Schema" flush>
      <FoundTable
        label="Schema"
        rows={rows}
        rowKey={({ at }) => String(at)}
        name={({ name }) => name}
        columns={[
          { header: "Column", cell: ({ name }) => name },
          { header: "Type", cell: ({ type }) => type },
          { header: "Shape", cell: ({ shape }) => shape || "–" },
        ]}
      />
    </Panel>
  );
}

function Aside({ dataset }: { dataset: Dataset }) {
  const { profile, sources, experiments } = dataset;
  const counts = countsOf(profile);
  return (
    <>
      <Panel title="Where it is from">
        {sources.map(({ source_type, source }) => (
          <Facts
            key={`${source_type} ${source}`}
            facts={[
              ["Kind", source_type || NOT_SAID],
              ["Source", source ? <CopyText key="s" text={source} /> : NOT_SAID],
            ]}
          />
        ))}
        <Facts facts={[["Used in", plural(experiments.length, "experiment")]]} />
      </Panel>
      <Panel title="Profile">
        {counts !== null && counts.length > 0 ? (
          <Facts facts={counts} />
        ) : profile === "" ? (
          <Quiet>None was logged.</Quiet>
        ) : (
          <CodeBlock label="Profile" code={profile} />
        )}
      </Panel>
    </>
  );
}
