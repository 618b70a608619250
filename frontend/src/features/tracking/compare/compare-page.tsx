import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { plural } from "@/shared/lib/format";
import { BareInput, CheckBox } from "@/shared/ui/field";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Page, Panel, Quiet, Stack } from "@/shared/ui/page";
import { type Comparison, compareQuery } from "../api/runs";
import { ChartControls } from "../charts/chart-controls";
import { type ChartSettings, toSearch, toSettings } from "../charts/chart-settings";
import { MetricChart } from "../charts/metric-chart";
import css from "./compare.module.css";
import { CompareTable } from "./compare-table";
import { ExportComparison } from "./export-comparison";

const CHARTS = 12;

/** N runs beside each other: what differs first, then how they went. */
export function ComparePage() {
  const search = useSearch({ from: "/compare" });
  const answer = useQuery(compareQuery(search.runs ?? []));
  const ids = search.runs ?? [];
  return (
    <Page
      title={ids.length > 0 ? `Compare ${plural(ids.length, "run")}` : "Compare"}
      room="full"
      actions={answer.data && <ExportComparison comparison={answer.data} />}
    >
      {ids.length === 0 ? (
        <Empty title="No runs chosen">
          <p>
            Mark runs in the table of an <Link to="/experiments">experiment</Link> with a click or the key{" "}
            <kbd>x</kbd>, then choose Compare.
          </p>
        </Empty>
      ) : (
        <Loaded of={answer} lines={14}>
          {answer.data && <Compared comparison={answer.data} />}
        </Loaded>
      )}
    </Page>
  );
}

function Compared({ comparison }: { comparison: Comparison }) {
  const search = useSearch({ from: "/compare" });
  const navigate = useNavigate({ from: "/compare" });
  const settings = toSettings(search);
  const onSettings = (change: Partial<ChartSettings>) =>
    void navigate({ search: (old) => ({ ...old, ...toSearch({ ...settings, ...change }) }), replace: true });
  const runs = comparison.runs.map((run, place) => ({
    id: run.id,
    name: run.name,
    running: run.status === "RUNNING",
    place,
  }));
  const [typed, setTyped] = useState("");
  const words = useDeferredValue(typed);
  const all = search.all === "yes";
  const rows = [...comparison.params, ...comparison.metrics, ...comparison.tags, ...comparison.datasets];
  const same = rows.filter((row) => !row.differs).length;
  return (
    <Stack>
      <Panel
        flush
        title="Differences"
        actions={
          <Bar>
            <BareInput
              label="Find a key"
              className={css.find}
              placeholder="Find a key"
              data-query-box=""
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
            <Quiet>{plural(same, "row")} equal everywhere</Quiet>
            <CheckBox
              label="Show equal rows too"
              checked={all}
              onChange={(event) =>
                void navigate({
                  search: (old) => ({ ...old, all: event.target.checked ? "yes" : undefined }),
                  replace: true,
                })
              }
            />
          </Bar>
        }
      >
        <CompareTable comparison={comparison} all={all} words={words} />
      </Panel>
      <ChartControls settings={settings} onSettings={onSettings} />
      <div className={css.charts}>
        {comparison.metrics.slice(0, CHARTS).map(({ key }) => (
          <MetricChart key={key} metric={key} runs={runs} settings={settings} onSettings={onSettings} />
        ))}
      </div>
      {comparison.metrics.length > CHARTS && (
        <Quiet>{comparison.metrics.length - CHARTS} more metrics are in the table above.</Quiet>
      )}
    </Stack>
  );
}
