import { figure } from "@/shared/lib/format";

/** One key in each of the runs; null where it is missing. */
export interface CompareRow {
  key: string;
  values: (string | number | null)[];
  differs: boolean;
}

export function rowOf(key: string, values: (string | null)[]): CompareRow {
  return { key, values, differs: new Set(values).size > 1 };
}

const LOWER_IS_BETTER = /loss|error|rmse|mse|mae|mape|perplexity|latency|duration|brier|logloss|\bece\b/i;

/** Which way a metric gets better, told from its name; undefined when the name says nothing. */
export function direction(key: string): "up" | "down" | undefined {
  if (LOWER_IS_BETTER.test(key)) return "down";
  return /acc|auc|f1|precision|recall|score|r2|gain|bleu|rouge|ndcg|map/i.test(key) ? "up" : undefined;
}

/** The places of the best values; none when all are equal or the direction is unknown. */
export function best(
  values: readonly (number | null)[],
  way: "up" | "down" | undefined,
): ReadonlySet<number> {
  const present = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (way === undefined || new Set(present).size < 2) return new Set();
  const top = way === "up" ? Math.max(...present) : Math.min(...present);
  return new Set(values.flatMap((value, at) => (value === top ? [at] : [])));
}

export function shown(value: string | number | null): string {
  if (value === null) return "–";
  return typeof value === "number" ? figure(value, 5) : value;
}

/** What the client notes about where a run came from, under words of our own. */
const CODE_TAGS: Record<string, string> = {
  "mlflow.user": "person",
  "mlflow.source.name": "program",
  "mlflow.source.git.commit": "commit",
  "mlflow.source.git.branch": "branch",
  "mlflow.source.git.repoURL": "repository",
};

export function codeRows<Row extends { key: string }>(tags: readonly Row[]): Row[] {
  return tags.flatMap((row) => (CODE_TAGS[row.key] ? { ...row, key: CODE_TAGS[row.key] as string } : []));
}

export function ownRows<Row extends { key: string }>(tags: readonly Row[]): Row[] {
  return tags.filter((row) => !row.key.startsWith("mlflow."));
}
