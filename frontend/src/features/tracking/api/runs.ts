import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, type Bodies, type Schemas } from "@/shared/api/client";

export type Run = Schemas["ShownRun"];
export type RunRow = Schemas["RunRow"];
export type RunSearch = Bodies["RunSearch"];
export type GroupsAsk = Bodies["GroupsAsk"];
export type RunColumns = Schemas["RunColumns"];
export type TableAsk = Bodies["TableAsk"];
export type Comparison = Schemas["Comparison"];

export interface RunPage {
  items: RunRow[];
  /** All runs that match, which the server always counts here. */
  total: number;
  /** Where the next page begins. */
  token: string | null;
}

function pageOf({ items, total, next_page_token }: Schemas["RunTable"]["rows"]): RunPage {
  return { items, total: total ?? items.length, token: next_page_token };
}

export async function searchRuns(body: RunSearch): Promise<RunPage> {
  return pageOf(await ask(api.POST("/api/v1/runs/search", { body })));
}

/** The columns of a table and its first rows, for an address that names no columns. */
export async function askTable(body: TableAsk): Promise<{ columns: RunColumns; page: RunPage }> {
  const { columns, rows } = await ask(api.POST("/api/v1/runs/table", { body }));
  return { columns, page: pageOf(rows) };
}

/** As many runs as are drawn at once. */
export const MANY = 1000;

export function manyQuery(asked: RunSearch) {
  return queryOptions({
    queryKey: ["runs", "many", asked],
    queryFn: () => searchRuns({ ...asked, offset: 0, limit: MANY }),
    placeholderData: keepPreviousData,
  });
}

export type RunGroup = Schemas["RunGroup"];

/** The runs by what they have in common, with the totals of all of them. */
export function groupsQuery(body: GroupsAsk) {
  return queryOptions({
    queryKey: ["runs", "groups", body],
    queryFn: () => ask(api.POST("/api/v1/runs/groups", { body })),
    placeholderData: (previous) => previous,
  });
}

/** The keys that can stand in the table, at most a thousand of each kind; `words` finds the others by their names. */
export function columnsQuery(experimentId: string, filter: string, words = "") {
  return queryOptions({
    queryKey: ["runs", "columns", experimentId, filter, words],
    queryFn: () =>
      ask(api.POST("/api/v1/runs/columns", { body: { experiment_ids: [experimentId], filter, words } })),
    staleTime: 30_000,
  });
}

export function runQuery(id: string) {
  return queryOptions({
    queryKey: ["run", id],
    queryFn: () => ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } } })),
  });
}

export function compareQuery(runIds: readonly string[]) {
  return queryOptions({
    queryKey: ["runs", "compare", runIds],
    queryFn: () => ask(api.POST("/api/v1/runs/compare", { body: { run_ids: [...runIds] } })),
    enabled: runIds.length > 0,
  });
}

export function changeRun(id: string, body: Bodies["RunEdit"]) {
  return ask(api.PATCH("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, body }));
}

export function setRunTag(id: string, key: string, value: string) {
  return ask(
    api.PUT("/api/v1/runs/{run_id}/tags/{key}", { params: { path: { run_id: id, key } }, body: { value } }),
  );
}

export function deleteRunTag(id: string, key: string) {
  return ask(api.DELETE("/api/v1/runs/{run_id}/tags/{key}", { params: { path: { run_id: id, key } } }));
}

/** The model versions that were registered from a run. */
export function versionsOfRunQuery(id: string) {
  return queryOptions({
    queryKey: ["run", id, "versions"],
    queryFn: () =>
      ask(api.GET("/api/v1/versions", { params: { query: { filter: `run_id = '${id}'`, limit: 50 } } })),
  });
}
