import { queryOptions } from "@tanstack/react-query";
import { searchRuns } from "./runs";

const DAY_MS = 24 * 3600_000;

/** Since when a failure is news: a week before the day of `now`, so that the question stays the same for a day. */
export function newsSince(now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS - 7 * DAY_MS;
}

/** The runs of these experiments that began last, of those that match, and how many match in all. */
export function latestRunsQuery(experimentIds: readonly string[], filter: string, limit: number) {
  const asked = {
    experiment_ids: [...experimentIds],
    filter,
    order_by: ["attributes.start_time DESC"],
    limit,
  };
  return queryOptions({
    queryKey: ["runs", "search", "latest", asked],
    queryFn: async () =>
      experimentIds.length > 0 ? searchRuns(asked) : { items: [], total: 0, token: null },
  });
}
