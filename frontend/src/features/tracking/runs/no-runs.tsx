import { serverAddress } from "@/shared/lib/place";
import { Button } from "@/shared/ui/button";
import { CodeBlock, Empty } from "@/shared/ui/notice";

interface NoRunsProps {
  experimentId: string;
  filtered: boolean;
  onClear: () => void;
}

export function NoRuns({ experimentId, filtered, onClear }: NoRunsProps) {
  if (filtered) {
    return (
      <Empty title="No run matches the query">
        <p>The experiment may have runs that the query leaves out.</p>
        <Button onClick={onClear}>Show all runs</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No runs here yet">
      <p>Point the MLflow client you already use at this server. The run appears here while it trains.</p>
      <CodeBlock
        label="Python"
        code={`import mlflow\n\nmlflow.set_tracking_uri("${serverAddress}")\nwith mlflow.start_run(experiment_id="${experimentId}"):\n    mlflow.log_param("learning_rate", 0.1)\n    mlflow.log_metric("loss", 0.42, step=1)`}
      />
    </Empty>
  );
}
