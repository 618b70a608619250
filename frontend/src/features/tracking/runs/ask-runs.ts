import { queryClient } from "@/shared/api/query-client";
import { experimentQuery } from "../api/experiments";
import { firstPageQuery } from "../api/run-pages";
import { columnsQuery, groupsQuery, manyQuery, type RunColumns } from "../api/runs";
import { viewsQuery } from "../api/views";
import { type RunsSearch, viewsScope } from "./runs-address";
import { askFor, choicesFrom, groupsAsk } from "./runs-search";

/** Asks what the runs page will ask, in the same order, while its code is still on the way. What is refused is asked
 *  again by the page, which says so. */
export async function askRuns(experimentId: string, search: RunsSearch): Promise<void> {
  const { view = "table", group } = search;
  const columns = queryClient.fetchQuery(columnsQuery(experimentId, search.q ?? ""));
  if (view === "table" && group) {
    // How many runs are in each group needs no columns, and is there long before their metrics are summed up.
    void queryClient.prefetchQuery(groupsQuery(groupsAsk(askFor(experimentId, search, []), group)));
  }
  void queryClient.prefetchQuery(experimentQuery(experimentId));
  void queryClient.prefetchQuery(viewsQuery(viewsScope(experimentId)));
  const known = await columns.catch((): RunColumns | undefined => undefined);
  if (!known) return;
  const asked = askFor(experimentId, search, choicesFrom(search, known));
  if (view === "parallel" || view === "scatter") void queryClient.prefetchQuery(manyQuery(asked));
  void queryClient.prefetchQuery(firstPageQuery(asked));
}
