import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Column } from "@/shared/grid/column";
import { DataGrid } from "@/shared/grid/data-grid";
import { count, firstLine, plural } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { BareInput, Form, TextField } from "@/shared/ui/field";
import { CodeBlock, Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Grow, Page } from "@/shared/ui/page";
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
  const items = useMemo(() => answer.data?.pages.flatMap((page) => page.items) ?? [], [answer.data]);
  const total = answer.data?.pages.at(-1)?.total ?? 0;
  return (
    <Page
      title="Experiments"
      room="fill"
      actions={
        <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
          New experiment
        </Button>
      }
    >
      <Bar>
        <Grow>
          <BareInput
            label="Find an experiment"
            placeholder="Name contains…"
            data-query-box=""
            defaultValue={q}
            onChange={(event) =>
              void navigate({ search: { q: event.target.value || undefined }, replace: true })
            }
          />
        </Grow>
      </Bar>
      <Loaded of={answer}>
        <DataGrid
          label="Experiments"
          columns={COLUMNS}
          count={items.length}
          row={(index) => items[index]}
          rowKey={(item) => item.id}
          onOpen={(item) =>
            void navigate({ to: "/experiments/$experimentId", params: { experimentId: item.id } })
          }
          onVisible={(_, last) => {
            if (last >= items.length - 20 && answer.hasNextPage && !answer.isFetchingNextPage)
              void answer.fetchNextPage();
          }}
          foot={<span>{plural(total, "experiment")}</span>}
          empty={<NoExperiments filtered={q !== ""} />}
        />
      </Loaded>
      <NewExperiment open={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}

function NoExperiments({ filtered }: { filtered: boolean }) {
  if (filtered)
    return (
      <Empty title="No experiment is called that">
        Names are searched for the typed words anywhere in them.
      </Empty>
    );
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
