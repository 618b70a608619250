import { fitting, type Sort } from "@/shared/grid/column";
import type { GroupsAsk, RunColumns, RunSearch } from "../api/runs";
import type { RunsSearch } from "./runs-address";

/** A key as the query language wants it: plain when it is a name, in backticks or quotes otherwise. */
export function reference(kind: "metrics" | "params" | "tags", key: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${kind}.${key}`;
  return key.includes("`") ? `${kind}."${key}"` : `${kind}.\`${key}\``;
}

/** "-metrics.loss" in the address is "metrics.loss DESC" for the server. */
export function readSort(text: string | undefined): Sort | undefined {
  if (!text) return undefined;
  return text.startsWith("-") ? { key: text.slice(1), descending: true } : { key: text, descending: false };
}

export function writeSort(sort: Sort): string {
  return sort.descending ? `-${sort.key}` : sort.key;
}

export function orderBy(sort: Sort | undefined): string[] {
  return sort ? [`${sort.key} ${sort.descending ? "DESC" : "ASC"}`] : [];
}

export interface ColumnChoice {
  kind: "metrics" | "params" | "tags";
  key: string;
}

export function columnId({ kind, key }: ColumnChoice): string {
  return `${kind}.${key}`;
}

export function parseColumn(id: string): ColumnChoice | undefined {
  const dot = id.indexOf(".");
  const kind = id.slice(0, dot);
  const key = id.slice(dot + 1);
  if (key === "" || (kind !== "metrics" && kind !== "params" && kind !== "tags")) return undefined;
  return { kind, key };
}

const METRICS_SHOWN = 5;
const PARAMS_SHOWN = 5;

/** Without a choice, the table shows what tells runs apart: metrics, and parameters with more than one value. */
export function defaultColumns(known: RunColumns): ColumnChoice[] {
  const metrics = known.metrics
    .filter((metric) => metric.runs > 0)
    .slice(0, METRICS_SHOWN)
    .map(({ key }) => ({ kind: "metrics" as const, key }));
  const params = known.params
    .filter((param) => param.distinct > 1)
    .slice(0, PARAMS_SHOWN)
    .map(({ key }) => ({ kind: "params" as const, key }));
  return [...metrics, ...params];
}

/** The columns of the table: those that were chosen, or else the default ones. */
export function choicesFrom(search: Pick<RunsSearch, "cols">, known: RunColumns): ColumnChoice[] {
  return search.cols ? search.cols.flatMap((id) => parseColumn(id) ?? []) : defaultColumns(known);
}

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

/** The query narrowed to the runs of a group. A value is quoted with the quote that it does not have. */
export function withinGroup(query: string, by: string, value: string | null): string | undefined {
  const clause = value === null ? `${by} IS NULL` : quotedClause(by, value);
  if (clause === undefined) return undefined;
  return query === "" ? clause : `${query} and ${clause}`;
}

function quotedClause(by: string, value: string): string | undefined {
  if (!value.includes("'")) return `${by} = '${value}'`;
  return value.includes('"') ? undefined : `${by} = "${value}"`;
}

/** Chosen widths as the address has them: "metrics.val:loss:180" is 180 pixels for "metrics.val:loss". */
export function readWidths(texts: readonly string[] | undefined): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const one of texts ?? []) {
    const colon = one.lastIndexOf(":");
    const width = Number(one.slice(colon + 1));
    if (colon > 0 && Number.isFinite(width) && width > 0) found.set(one.slice(0, colon), fitting(width));
  }
  return found;
}

export function writeWidths(widths: ReadonlyMap<string, number>): string[] | undefined {
  return widths.size === 0 ? undefined : [...widths].map(([id, width]) => `${id}:${width}`);
}

/** The list with one taken away if it is there, or added if it is not; nothing when none is left. */
export function flipped(list: readonly string[], one: string): string[] | undefined {
  const next = list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
  return next.length > 0 ? next : undefined;
}
