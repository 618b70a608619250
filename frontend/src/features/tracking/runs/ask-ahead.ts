import { queryClient } from "@/shared/api/query-client";
import { experimentQuery } from "../api/experiments";
import { columnsQuery, groupsQuery, manyQuery, type RunColumns } from "../api/runs";
import { firstPageQuery } from "../api/use-run-window";
import type { RunsSearch } from "./runs-address";
import { askFor, choicesFrom, groupsAsk } from "./runs-search";

/** Asks what the runs page will ask, in the same order, while its code is still on the way. What is refused is asked
 *  again by the page, which says so. */
export async function askAhead(experimentId: string, search: RunsSearch): Promise<void> {
  void queryClient.prefetchQuery(experimentQuery(experimentId));
  const columns = queryClient.fetchQuery(columnsQuery(experimentId, search.q ?? ""));
  const known = await columns.catch((): RunColumns | undefined => undefined);
  if (!known) return;
  const asked = askFor(experimentId, search, choicesFrom(search, known));
  void queryClient.prefetchQuery(firstPageQuery(asked));
  const { view = "table", group } = search;
  if (view === "parallel" || view === "scatter") void queryClient.prefetchQuery(manyQuery(asked));
  if (view === "table" && group) void queryClient.prefetchQuery(groupsQuery(groupsAsk(asked, group)));
}
