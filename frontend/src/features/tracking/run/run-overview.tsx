import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Comments } from "@/shared/comments/comments";
import { count, figure } from "@/shared/lib/format";
import { DatasetLink } from "@/shared/ui/dataset-link";
import { FoundTable } from "@/shared/ui/found-table";
import { EditableMarkdown } from "@/shared/ui/markdown";
import { CodeBlock, CopyText, Loaded } from "@/shared/ui/notice";
import { Facts, Panel, Quiet, Split, Stack } from "@/shared/ui/page";
import { Tags } from "@/shared/ui/tags";
import { Time, Took } from "@/shared/ui/time";
import { type Change, useChange } from "@/shared/ui/use-change";
import { changeRun, deleteRunTag, type Run, setRunTag, versionsOfRunQuery } from "../api/runs";
import type { ChartSettings } from "../charts/chart-settings";
import { alone, MetricChart } from "../charts/metric-chart";
import { ExperimentLink } from "../experiment-link";
import { overviewMetrics } from "./ask-run";
import { ownTags, reproduceCommands } from "./reproduce";
import css from "./run.module.css";

interface RunOverviewProps {
  run: Run;
  settings: ChartSettings;
  onSettings: (change: Partial<ChartSettings>) => void;
}

/** What, who, code, data, environment and outcome of a run on one screen. */
export function RunOverview({ run, settings, onSettings }: RunOverviewProps) {
  const change = useChange(["run", run.id]);
  const charted = overviewMetrics(run);
  return (
    <Split aside={<Aside run={run} change={change} />}>
      <Panel title="Notes">
        <EditableMarkdown
          what="notes"
          source={run.description}
          placeholder="What was tried, and what came of it? Markdown."
          onSave={(text) => change(changeRun(run.id, { description: text }))}
        />
      </Panel>
      {charted.length > 0 && (
        <div className={css.pair}>
          {charted.map((metric) => (
            <MetricChart
              key={metric.key}
              metric={metric.key}
              runs={[alone(run)]}
              settings={settings}
              onSettings={onSettings}
            />
          ))}
        </div>
      )}
      <div className={css.pair}>
        <Metrics run={run} />
        <Params run={run} />
      </div>
      <Comments about={`runs/${run.id}`} />
    </Split>
  );
}

function Metrics({ run }: { run: Run }) {
  return (
    <Panel title={`Metrics (${count(run.metrics.length)})`} flush={run.metrics.length > 0}>
      {run.metrics.length === 0 ? (
        <Quiet>None logged yet.</Quiet>
      ) : (
        <FoundTable
          label="Metrics"
          rows={run.metrics}
          rowKey={(metric) => metric.key}
          name={(metric) => metric.key}
          columns={[
            { header: "Metric", cell: (metric) => metric.key },
            { header: "Last", numeric: true, cell: (metric) => figure(metric.last) },
            { header: "Lowest", numeric: true, cell: (metric) => figure(metric.min) },
            { header: "Highest", numeric: true, cell: (metric) => figure(metric.max) },
          ]}
        />
      )}
    </Panel>
  );
}

function Params({ run }: { run: Run }) {
  const rows = Object.entries(run.params).sort(([a], [b]) => a.localeCompare(b));
  return (
    <Panel title={`Parameters (${count(rows.length)})`} flush={rows.length > 0}>
      {rows.length === 0 ? (
        <Quiet>None logged yet.</Quiet>
      ) : (
        <FoundTable
          label="Parameters"
          rows={rows}
          rowKey={([key]) => key}
          name={([key]) => key}
          columns={[
            { header: "Parameter", cell: ([key]) => key },
            { header: "Value", cell: ([, value]) => value },
          ]}
        />
      )}
    </Panel>
  );
}

function Aside({ run, change }: { run: Run; change: Change }) {
  const commit = run.tags["mlflow.source.git.commit"];
  const commands = reproduceCommands(run.tags);
  return (
    <>
      <Panel title="About">
        <Facts
          facts={[
            ["Run", <CopyText key="id" text={run.id} />],
            ["Experiment", <ExperimentLink key="e" id={run.experiment_id} name={run.experiment_name} />],
            ["By", run.user || "–"],
            ["Started", <Time key="s" ms={run.started_ms} />],
            ["Took", <Took key="t" from={run.started_ms} to={run.ended_ms} />],
            ["Source", run.source || "–"],
            commit ? ["Commit", <CopyText key="c" text={commit} short />] : null,
          ]}
        />
      </Panel>
      <Panel title="Tags">
        <Tags
          tags={ownTags(run.tags)}
          onSet={(key, value) => change(setRunTag(run.id, key, value))}
          onDelete={(key) => change(deleteRunTag(run.id, key))}
        />
      </Panel>
      <Versions run={run} />
      <Panel title="Data">
        {run.datasets.length === 0 && <Quiet>No dataset was logged with this run.</Quiet>}
        {run.datasets.map((dataset) => (
          <Facts
            key={`${dataset.name}/${dataset.digest}/${dataset.context}`}
            facts={[
              ["Dataset", <DatasetLink key="n" name={dataset.name} digest={dataset.digest} />],
              ["Used for", dataset.context || "–"],
              ["Digest", <CopyText key="d" text={dataset.digest} short />],
              ["From", dataset.source_type],
            ]}
          />
        ))}
      </Panel>
      <Panel title="Reproduce">
        {commands ? (
          <CodeBlock label="Commands" code={commands} />
        ) : (
          <Quiet>The run carries no repository or commit. Start it from a Git checkout to record both.</Quiet>
        )}
      </Panel>
    </>
  );
}

function Versions({ run }: { run: Run }) {
  const answer = useQuery(versionsOfRunQuery(run.id));
  const items = answer.data?.items ?? [];
  return (
    <Panel title="Model versions">
      <Loaded of={answer} lines={1}>
        {items.length === 0 && <Quiet>No version was registered from this run.</Quiet>}
        <Stack>
          {items.map((item) => (
            <Link
              key={`${item.model}/${item.number}`}
              to="/models/$name/versions/$number"
              params={{ name: item.model, number: String(item.number) }}
            >
              {item.model} version {item.number}
            </Link>
          ))}
        </Stack>
      </Loaded>
    </Panel>
  );
}
