import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, lazyRouteComponent, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { fileAddress, listFolder } from "@/shared/files/artifacts";
import { useLive } from "@/shared/lib/live";
import { StateBadge } from "@/shared/ui/badge";
import { Confirm } from "@/shared/ui/dialog";
import { Menu } from "@/shared/ui/menu";
import { Loaded } from "@/shared/ui/notice";
import { Page, Panel, TabCount, Tabs } from "@/shared/ui/page";
import { complain, say } from "@/shared/ui/toast";
import { changeRun, type Run, runQuery } from "../api/runs";
import { type ChartSettings, toSearch, toSettings } from "../charts/chart-settings";
import { RUN_TABS, RunCharts, RunFiles, RunOverview } from "./tabs";

const RegisterRun = lazyRouteComponent(() => import("./register-run"), "RegisterRun");
const RenameRun = lazyRouteComponent(() => import("./rename-run"), "RenameRun");

const TAB_NAMES = { overview: "Overview", charts: "Charts", artifacts: "Artifacts" };
const FROM = "/runs/$runId";

export function RunPage() {
  const { runId } = useParams({ from: FROM });
  const [running, setRunning] = useState(true);
  const refetchInterval = useLive(running);
  const answer = useQuery({ ...runQuery(runId), refetchInterval });
  const run = answer.data;
  if (run && running !== (run.status === "RUNNING")) setRunning(run.status === "RUNNING");
  return (
    <Page
      title={run?.name ?? "Run"}
      crumbs={[
        <Link key="all" to="/experiments">
          Experiments
        </Link>,
        run && (
          <Link key="one" to="/experiments/$experimentId" params={{ experimentId: run.experiment_id }}>
            {run.experiment_name}
          </Link>
        ),
      ].filter(Boolean)}
      badges={
        run && (
          <>
            <StateBadge state={run.status} />
            {run.lifecycle_stage === "deleted" && <StateBadge state="deleted" />}
          </>
        )
      }
      actions={run && <RunActions run={run} />}
    >
      <Tabs label="Parts of the run">
        {RUN_TABS.map((name) => (
          <Link
            key={name}
            to={FROM}
            params={{ runId }}
            search={(old) => ({ ...old, tab: name === "overview" ? undefined : name })}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {TAB_NAMES[name]}
            {name === "charts" && run && <TabCount>{run.metrics.length}</TabCount>}
          </Link>
        ))}
      </Tabs>
      <Loaded of={answer} lines={14}>
        {run && <RunTab run={run} />}
      </Loaded>
    </Page>
  );
}

function RunTab({ run }: { run: Run }) {
  const search = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const settings = toSettings(search);
  const onSettings = (change: Partial<ChartSettings>) =>
    void navigate({ search: (old) => ({ ...old, ...toSearch({ ...settings, ...change }) }), replace: true });
  if (search.tab === "charts") return <RunCharts run={run} settings={settings} onSettings={onSettings} />;
  if (search.tab === "artifacts") {
    return (
      <Panel flush title="Artifacts">
        <RunFiles
          owner={["run", run.id]}
          path={search.path ?? ""}
          onPath={(path) => void navigate({ search: (old) => ({ ...old, path: path || undefined }) })}
          list={(folder) => listFolder({ kind: "runs", id: run.id }, folder)}
          address={(path) => fileAddress({ kind: "runs", id: run.id }, path)}
          empty={
            <p>
              Files appear here when the run logs them, for example with{" "}
              <code>mlflow.log_artifact("plot.png")</code>.
            </p>
          }
        />
      </Panel>
    );
  }
  return <RunOverview run={run} settings={settings} onSettings={onSettings} />;
}

function RunActions({ run }: { run: Run }) {
  const [doing, setDoing] = useState<"rename" | "delete" | "register" | null>(null);
  const client = useQueryClient();
  const deleted = run.lifecycle_stage === "deleted";
  async function settle(lifecycle: "active" | "deleted") {
    try {
      await changeRun(run.id, { lifecycle_stage: lifecycle });
      say(lifecycle === "deleted" ? `${run.name} is deleted.` : `${run.name} is back.`);
      await client.invalidateQueries();
      setDoing(null);
    } catch (error) {
      complain(error);
    }
  }
  return (
    <>
      <Menu
        label="Actions"
        labelled
        items={[
          { label: "Rename…", icon: "edit", onPick: () => setDoing("rename") },
          { label: "Register a model…", icon: "models", onPick: () => setDoing("register") },
          deleted
            ? { label: "Restore", icon: "plus", onPick: () => void settle("active") }
            : { label: "Delete…", icon: "trash", onPick: () => setDoing("delete") },
        ]}
      />
      <Suspense fallback={null}>
        {doing === "register" && <RegisterRun run={run} onClose={() => setDoing(null)} />}
        {doing === "rename" && <RenameRun run={run} onClose={() => setDoing(null)} />}
      </Suspense>
      <Confirm
        open={doing === "delete"}
        onClose={() => setDoing(null)}
        onConfirm={() => void settle("deleted")}
        title={`Delete ${run.name}?`}
        verb="Delete run"
        danger
        consequences={[
          "The run leaves the tables and charts of its experiment.",
          "Its parameters, metrics and files are kept, and the run can be restored from its page.",
          "Model versions that were made from it keep it: while there are any, the server refuses.",
        ]}
      />
    </>
  );
}
