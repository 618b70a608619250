import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { type RunPage, type RunSearch, searchRuns } from "./runs";

export const PAGE_ROWS = 100;
/** The pages that hold the rows from `first` to `last`. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(first / PAGE_ROWS);
  const to = Math.max(from, Math.floor(last / PAGE_ROWS));
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

/** Where a page begins: behind the page before it when that one is here, which costs the same however far down it is;
 *  by its number otherwise, which costs the server what it passes over. */
function placeOf(
  client: QueryClient,
  search: object,
  page: number,
): Pick<RunSearch, "offset" | "page_token"> {
  const before = client.getQueryData<RunPage>(["runs", "search", search, page - 1]);
  return before?.token ? { page_token: before.token } : { offset: page * PAGE_ROWS };
}

export type Wanted = Omit<RunSearch, "offset" | "limit" | "page_token">;

export function pageQuery(search: Wanted, page: number, client?: QueryClient) {
  return queryOptions({
    queryKey: ["runs", "search", search, page],
    queryFn: () =>
      searchRuns({
        ...search,
        limit: PAGE_ROWS,
        ...(client ? placeOf(client, search, page) : { offset: 0 }),
      }),
  });
}

export function firstPageQuery(search: Wanted) {
  return pageQuery(search, 0);
}
