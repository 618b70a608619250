import type { Sort } from "@/shared/grid/column";
import type { GroupsAsk, RunColumns, RunSearch } from "../api/runs";
import type { RunsSearch } from "./runs-address";

/** "-metrics.loss" in the address is "metrics.loss DESC" for the server. */
export function readSort(text: string | undefined): Sort | undefined {
  if (!text) return undefined;
  return text.startsWith("-") ? { key: text.slice(1), descending: true } : { key: text, descending: false };
}

export function orderBy(sort: Sort | undefined): string[] {
  return sort ? [`${sort.key} ${sort.descending ? "DESC" : "ASC"}`] : [];
}

export interface ColumnChoice {
  kind: "metrics" | "params" | "tags";
  key: string;
}

export function parseColumn(id: string): ColumnChoice | undefined {
  const dot = id.indexOf(".");
  const kind = id.slice(0, dot);
  const key = id.slice(dot + 1);
  if (key === "" || (kind !== "metrics" && kind !== "params" && kind !== "tags")) return undefined;
  return { kind, key };
}

/** The columns of the table: those that were chosen, or else those that the server shows. */
export function choicesFrom(
  search: Pick<RunsSearch, "cols">,
  { shown }: Pick<RunColumns, "shown">,
): ColumnChoice[] {
  if (search.cols) return search.cols.flatMap((id) => parseColumn(id) ?? []);
  return [
    ...shown.metrics.map((key) => ({ kind: "metrics" as const, key })),
    ...shown.params.map((key) => ({ kind: "params" as const, key })),
  ];
}

/** Before the server has told any column. */
export const NO_COLUMNS: RunColumns = {
  counted: 0,
  params: [],
  metrics: [],
  tags: [],
  shown: { params: [], metrics: [] },
};

/** The question for the runs that an address shows, with the values of these columns. */
export function askFor(
  experimentId: string,
  search: RunsSearch,
  choices: readonly ColumnChoice[],
): RunSearch {
  const keys = (kind: string) => choices.filter((choice) => choice.kind === kind).map((choice) => choice.key);
  return {
    experiment_ids: [experimentId],
    filter: search.q ?? "",
    order_by: orderBy(readSort(search.sort)),
    metrics: keys("metrics"),
    params: keys("params"),
    tags: keys("tags"),
    ...(search.deleted ? { lifecycle_stage: "deleted" as const } : {}),
  };
}

const GROUPS_SHOWN = 500;
const GROUP_METRICS = 8;

/** The question for the same runs by what they have in common. */
export function groupsAsk(asked: RunSearch, by: string): GroupsAsk {
  return {
    experiment_id: asked.experiment_ids[0] ?? "",
    by,
    filter: asked.filter ?? "",
    lifecycle_stage: asked.lifecycle_stage ?? "active",
    metrics: (asked.metrics ?? []).slice(0, GROUP_METRICS),
    limit: GROUPS_SHOWN,
  };
}
