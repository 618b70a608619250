import { serverAddress } from "@/shared/lib/place";
import { CodeBlock } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";

/** What a new server shows: the lines of code that bring the first run. */
export function Begin() {
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
