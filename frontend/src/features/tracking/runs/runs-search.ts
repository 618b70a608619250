import type { Sort } from "@/shared/grid/column";
import { compact, list, oneOf, type RawSearch, text } from "@/shared/routing/search";
import type { RunColumns } from "../api/runs";

export const RUN_VIEWS = ["table", "charts", "parallel", "scatter"] as const;

/** What the address of the runs page says; all of it optional, so that the plain address is the default view. */
export interface RunsSearch {
  q?: string | undefined;
  sort?: string | undefined;
  cols?: string[] | undefined;
  view?: (typeof RUN_VIEWS)[number] | undefined;
  marked?: string[] | undefined;
  deleted?: "yes" | undefined;
}

export function readRunsSearch(raw: RawSearch): RunsSearch {
  return compact({
    q: text(raw, "q"),
    sort: text(raw, "sort"),
    cols: list(raw, "cols"),
    view: oneOf(raw, "view", RUN_VIEWS),
    marked: list(raw, "marked"),
    deleted: oneOf(raw, "deleted", ["yes"] as const),
  });
}

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
  const metrics = known.metrics.slice(0, METRICS_SHOWN).map(({ key }) => ({ kind: "metrics" as const, key }));
  const params = known.params
    .filter((param) => param.distinct > 1)
    .slice(0, PARAMS_SHOWN)
    .map(({ key }) => ({ kind: "params" as const, key }));
  return [...metrics, ...params];
}
