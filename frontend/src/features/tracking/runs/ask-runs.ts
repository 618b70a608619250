import { queryClient } from "@/shared/api/query-client";
import { experimentQuery } from "../api/experiments";
import { firstPageQuery, PAGE_ROWS } from "../api/run-pages";
import {
  askTable,
  columnsQuery,
  groupsQuery,
  MANY,
  manyQuery,
  type RunPage,
  type RunSearch,
} from "../api/runs";
import { defaultOf, type View, viewsQuery } from "../api/views";
import { askCharts } from "../charts/chart-query";
import { type ChartSearch, readChartSearch, toSettings } from "../charts/chart-settings";
import { chartedIds } from "./charted-ids";
import { isPlain, type RunsSearch, readRunsSearch, viewsScope } from "./runs-address";
import { askFor, choicesFrom, groupsAsk, NO_COLUMNS } from "./runs-question";

type Shown = RunsSearch & ChartSearch;

/** Asks what the runs page will ask, while its code is still on the way. What is refused is asked again by the page,
 *  which says so. An address that says nothing means the default view, so that has to be known first. */
export function askRuns(experimentId: string, search: Shown): void {
  const views = viewsQuery(viewsScope(experimentId));
  void queryClient.prefetchQuery(experimentQuery(experimentId));
  if (isPlain(search)) {
    void queryClient.fetchQuery(views).then(
      ({ items }) => askShown(experimentId, stateOf(defaultOf(items)) ?? search),
      () => undefined,
    );
  } else {
    void queryClient.prefetchQuery(views);
    askShown(experimentId, search);
  }
}

function stateOf(view: View | undefined): Shown | undefined {
  return view && { ...readRunsSearch(view.state), ...readChartSearch(view.state) };
}

function askShown(experimentId: string, search: Shown): void {
  const { view = "table", group, cols } = search;
  const isMany = view === "parallel" || view === "scatter";
  const first: Promise<void>[] = [];
  if (cols) {
    first.push(queryClient.prefetchQuery(columnsQuery(experimentId, search.q ?? "")));
    const asked = askFor(experimentId, search, choicesFrom(search, NO_COLUMNS));
    if (isMany) void queryClient.prefetchQuery(manyQuery(asked));
    first.push(queryClient.prefetchQuery(firstPageQuery(asked)));
  } else {
    first.push(queryClient.prefetchQuery(columnsAndRows(experimentId, search, isMany)));
  }
  if (view === "charts") void Promise.all(first).then(() => askFirstCharts(experimentId, search));
  if (view === "table" && group) {
    // How many runs are in each group needs no columns, and is there long before their metrics are summed up.
    void queryClient.prefetchQuery(groupsQuery(groupsAsk(askFor(experimentId, search, []), group)));
  }
}

/** The question for the columns, answered with the first rows, which are kept as the answer to the page's own. */
function columnsAndRows(experimentId: string, search: RunsSearch, isMany: boolean) {
  return {
    ...columnsQuery(experimentId, search.q ?? ""),
    queryFn: async () => {
      const { experiment_ids, filter, order_by, lifecycle_stage } = askFor(experimentId, search, []);
      const { columns, page } = await askTable({
        experiment_ids,
        filter: filter ?? "",
        order_by: order_by ?? [],
        lifecycle_stage: lifecycle_stage ?? "active",
        limit: isMany ? MANY : PAGE_ROWS,
      });
      keepRows(askFor(experimentId, search, choicesFrom(search, columns)), page, isMany);
      return columns;
    },
  };
}

/** Once it is known which runs and metrics there are. */
function askFirstCharts(experimentId: string, search: RunsSearch & ChartSearch): void {
  const columns = queryClient.getQueryData(columnsQuery(experimentId, search.q ?? "").queryKey);
  if (!columns) return;
  const asked = askFor(experimentId, search, choicesFrom(search, columns));
  const page = queryClient.getQueryData(firstPageQuery(asked).queryKey);
  const metrics = columns.metrics.map(({ key }) => key);
  if (page) askCharts(chartedIds(page.items, search.marked), metrics, toSettings(search));
}

function keepRows(asked: RunSearch, page: RunPage, isMany: boolean): void {
  if (isMany) queryClient.setQueryData(manyQuery(asked).queryKey, page);
  // Where the first page of many ends, nobody was told: the next begins by its number.
  const first = isMany ? { ...page, items: page.items.slice(0, PAGE_ROWS), token: null } : page;
  queryClient.setQueryData(firstPageQuery(asked).queryKey, first);
}
