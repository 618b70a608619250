import { fitting, type Sort } from "@/shared/grid/column";
import type { ColumnChoice } from "./runs-question";

/** A key as the query language wants it: plain when it is a name, in backticks or quotes otherwise. */
export function reference(kind: "metrics" | "params" | "tags", key: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${kind}.${key}`;
  return key.includes("`") ? `${kind}."${key}"` : `${kind}.\`${key}\``;
}

export function writeSort(sort: Sort): string {
  return sort.descending ? `-${sort.key}` : sort.key;
}

export function columnId({ kind, key }: ColumnChoice): string {
  return `${kind}.${key}`;
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
