import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { ApiError } from "@/shared/api/errors";
import { commentsQuery } from "@/shared/comments/api";
import { plural } from "@/shared/lib/format";
import type { RawSearch } from "@/shared/routing/search";
import { buttonClass } from "@/shared/ui/button";
import { Icon } from "@/shared/ui/icon";
import { Loaded } from "@/shared/ui/notice";
import { Bar, Grow, Page, TabCount, Tabs } from "@/shared/ui/page";
import { complain, say } from "@/shared/ui/toast";
import { experimentQuery } from "../api/experiments";
import { columnsQuery } from "../api/runs";
import { useRunWindow } from "../api/use-run-window";
import { type ChartSettings, readChartSearch, toSearch, toSettings } from "../charts/chart-settings";
import { ColumnChooser } from "./column-chooser";
import { ExportMenu } from "./export-menu";
import { GroupChoice } from "./group-choice";
import { QueryBox } from "./query-box";
import { RUN_VIEWS, type RunsSearch, readRunsSearch, viewsScope } from "./runs-address";
import { askFor, choicesFrom, NO_COLUMNS } from "./runs-question";
import { RunsView } from "./runs-view";
import { useDefaultView } from "./use-default-view";
import { ViewsMenu } from "./views-menu";

const VIEW_NAMES = {
  table: "Table",
  charts: "Charts",
  parallel: "Parallel coordinates",
  scatter: "Scatter",
  about: "About",
};
const FROM = "/experiments/$experimentId";

export function RunsPage() {
  const { experimentId } = useParams({ from: FROM });
  const search = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const change = useCallback(
    (next: Partial<RunsSearch>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true }),
    [navigate],
  );
  const openView = useCallback(
    (state: RawSearch) =>
      void navigate({ search: { ...readRunsSearch(state), ...readChartSearch(state) }, replace: true }),
    [navigate],
  );
  const isOpening = useDefaultView(viewsScope(experimentId), search, openView);
  const experiment = useQuery(experimentQuery(experimentId));
  const columns = useQuery({
    ...columnsQuery(experimentId, search.q ?? ""),
    enabled: !isOpening,
    placeholderData: keepPreviousData,
  });
  const known = columns.data ?? NO_COLUMNS;
  const choices = useMemo(() => choicesFrom({ cols: search.cols }, known), [search.cols, known]);
  const asked = useMemo(() => askFor(experimentId, search, choices), [experimentId, search, choices]);
  const window = useRunWindow(asked, !isOpening && (search.cols !== undefined || !columns.isPending));
  // A query that cannot be read is said beside the query; whatever else is refused, in the place of the runs.
  const misread =
    search.q && window.error instanceof ApiError && window.error.status === 400 ? window.error : null;
  const comments = useInfiniteQuery({
    ...commentsQuery(`experiments/${experimentId}`),
    enabled: !window.isPending,
  });
  const said = comments.data?.pages[0]?.total ?? 0;
  const settings = toSettings(search);
  const view = search.view ?? "table";
  // Groups are asked for by themselves and need no row of the table, and neither does what is said of all of them.
  const isPending =
    isOpening || (window.isPending && view !== "about" && !(view === "table" && search.group));
  const changeSettings = (next: Partial<ChartSettings>) =>
    void navigate({ search: (old) => ({ ...old, ...toSearch({ ...settings, ...next }) }), replace: true });

  return (
    <Page
      title={experiment.data?.name ?? "Experiment"}
      room={view === "table" ? "fill" : view === "about" ? "reading" : "full"}
      crumbs={[
        <Link key="all" to="/experiments">
          Experiments
        </Link>,
      ]}
      actions={
        <>
          <CompareLink marked={search.marked ?? []} />
          <ExportMenu
            asked={asked}
            choices={choices}
            name={experiment.data?.name ?? experimentId}
            onDone={say}
            onFail={complain}
          />
        </>
      }
    >
      <Tabs label="Views of the runs">
        {RUN_VIEWS.map((name) => (
          <Link
            key={name}
            from={FROM}
            to={FROM}
            params={{ experimentId }}
            search={(old) => ({ ...old, view: name === "table" ? undefined : name })}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {VIEW_NAMES[name]}
            {name === "table" && !window.isPending && (
              <TabCount>{window.total.toLocaleString("en-GB")}</TabCount>
            )}
            {name === "about" && said > 0 && <TabCount>{plural(said, "comment")}</TabCount>}
          </Link>
        ))}
      </Tabs>
      {view !== "about" && (
        <Bar>
          <Grow>
            <QueryBox
              value={search.q ?? ""}
              known={known}
              error={misread}
              onQuery={(q) => change({ q: q === "" ? undefined : q })}
            />
          </Grow>
          {view === "table" && (
            <GroupChoice known={known} value={search.group} onChange={(group) => change({ group })} />
          )}
          <ViewsMenu scope={viewsScope(experimentId)} state={{ ...search }} onOpen={openView} />
          <ColumnChooser
            experimentId={experimentId}
            filter={search.q ?? ""}
            known={known}
            chosen={choices}
            onChange={(cols) => change({ cols })}
          />
        </Bar>
      )}
      <Loaded
        of={{
          ...window,
          isPending,
          error: misread || view === "about" ? null : (experiment.error ?? window.error),
        }}
      >
        <RunsView
          view={view}
          experimentId={experimentId}
          known={known}
          choices={choices}
          asked={asked}
          window={window}
          search={search}
          change={change}
          settings={settings}
          onSettings={changeSettings}
        />
      </Loaded>
    </Page>
  );
}

function CompareLink({ marked }: { marked: readonly string[] }) {
  if (marked.length < 2) return null;
  return (
    <Link to="/compare" search={{ runs: [...marked] }} className={buttonClass({ kind: "primary" })}>
      <Icon name="compare" />
      Compare {marked.length} runs
    </Link>
  );
}
