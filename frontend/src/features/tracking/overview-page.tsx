import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { count } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { CodeBlock, Loaded } from "@/shared/ui/notice";
import { Page, Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import { experimentsQuery } from "./api/experiments";
import { ExperimentLink } from "./experiment-link";

const RECENT = 8;

/** Where to go on, and for a new server how to begin. */
export function OverviewPage() {
  const answer = useInfiniteQuery(experimentsQuery(""));
  const experiments = (answer.data?.pages[0]?.items ?? [])
    .filter((item) => item.run_count > 0)
    .sort((a, b) => (b.last_run_ms ?? 0) - (a.last_run_ms ?? 0));
  return (
    <Page title="Overview">
      <Loaded of={answer}>
        {experiments.length === 0 ? (
          <Begin />
        ) : (
          <Panel
            title="Go on where work is happening"
            flush
            actions={
              <Link to="/experiments">All {count(answer.data?.pages[0]?.total ?? 0)} experiments</Link>
            }
          >
            <SmallTable
              label="Recent experiments"
              rows={experiments.slice(0, RECENT)}
              rowKey={(item) => item.id}
              columns={[
                { header: "Experiment", cell: (item) => <ExperimentLink id={item.id} name={item.name} /> },
                { header: "Runs", numeric: true, cell: (item) => count(item.run_count) },
                { header: "Last run", cell: (item) => <Time ms={item.last_run_ms} /> },
              ]}
            />
          </Panel>
        )}
      </Loaded>
    </Page>
  );
}

function Begin() {
  return (
    <Panel title="Begin with a run">
      <Stack>
        <p>The MLflow client you already use works unchanged. Point it at this server:</p>
        <CodeBlock
          label="Python"
          code={`import mlflow\n\nmlflow.set_tracking_uri("${serverAddress}")\nmlflow.set_experiment("churn")\n\nwith mlflow.start_run():\n    mlflow.log_params({"learning_rate": 0.1, "depth": 6})\n    for step in range(100):\n        mlflow.log_metric("loss", 1 / (step + 1), step=step)`}
        />
        <Quiet>The run shows up under Experiments while it trains. This page needs no reload.</Quiet>
      </Stack>
    </Panel>
  );
}
