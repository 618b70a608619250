import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import type { Column } from "@/shared/grid/column";
import { NamedList } from "@/shared/grid/named-list";
import { count, firstLine, plural } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Form, TextField } from "@/shared/ui/field";
import { CodeBlock, Empty } from "@/shared/ui/notice";
import { Time } from "@/shared/ui/time";
import { createExperiment, type Experiment, experimentsQuery } from "./api/experiments";
import { ExperimentLink } from "./experiment-link";

const COLUMNS: Column<Experiment>[] = [
  {
    id: "name",
    header: "Experiment",
    width: 340,
    render: (item) => <ExperimentLink id={item.id} name={item.name} />,
  },
  { id: "runs", header: "Runs", width: 90, numeric: true, render: (item) => count(item.run_count) },
  { id: "last", header: "Last run", width: 130, render: (item) => <Time ms={item.last_run_ms} /> },
  { id: "created", header: "Created", width: 130, render: (item) => <Time ms={item.created_ms} /> },
  { id: "description", header: "Description", width: 300, render: (item) => firstLine(item.description) },
];

export function ExperimentsPage() {
  const { q = "" } = useSearch({ from: "/experiments" });
  const navigate = useNavigate({ from: "/experiments" });
  const [creating, setCreating] = useState(false);
  const answer = useInfiniteQuery(experimentsQuery(q));
  return (
    <>
      <NamedList
        title="Experiments"
        noun="experiment"
        columns={COLUMNS}
        answer={answer}
        rowKey={(item) => item.id}
        onOpen={(item) =>
          void navigate({ to: "/experiments/$experimentId", params: { experimentId: item.id } })
        }
        words={q}
        onFind={(words) => void navigate({ search: { q: words }, replace: true })}
        foot={(loaded) => plural(answer.data?.pages.at(-1)?.total ?? loaded, "experiment")}
        empty={<NoExperiments />}
        actions={
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            New experiment
          </Button>
        }
      />
      <NewExperiment open={creating} onClose={() => setCreating(false)} />
    </>
  );
}

function NoExperiments() {
  return (
    <Empty title="Start with a run">
      <p>Experiments appear here when something is logged. These lines are enough:</p>
      <CodeBlock
        label="Python"
        code={`import mlflow\n\nmlflow.set_tracking_uri("${serverAddress}")\nmlflow.set_experiment("churn")\nwith mlflow.start_run():\n    mlflow.log_metric("auc", 0.87)`}
      />
    </Empty>
  );
}

function NewExperiment({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [refusal, setRefusal] = useState<string>();
  const client = useQueryClient();
  const navigate = useNavigate();
  async function create() {
    try {
      const made = await createExperiment({ name: name.trim() });
      await client.invalidateQueries({ queryKey: ["experiments"] });
      onClose();
      await navigate({ to: "/experiments/$experimentId", params: { experimentId: made.id } });
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <Dialog open={open} onClose={onClose} title="New experiment">
      <Form
        onSubmit={() => void create()}
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={name.trim() === ""}>
              Create experiment
            </Button>
          </>
        }
      >
        <TextField
          label="Name"
          hint="Unique on this server; it can be renamed later."
          value={name}
          error={refusal}
          onChange={(event) => setName(event.target.value)}
        />
      </Form>
    </Dialog>
  );
}
