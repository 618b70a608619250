import { isoTime } from "@/shared/lib/format";
import type { RunRow } from "../api/runs";
import type { ColumnChoice } from "./runs-question";
import { columnId } from "./runs-search";

/** A cell for RFC 4180. A leading = + - @ of a word is quoted with an apostrophe, because spreadsheets run it. */
export function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function runsCsv(runs: readonly RunRow[], choices: readonly ColumnChoice[]): string {
  const head = ["run_id", "name", "status", "user", "started", "ended", ...choices.map(columnId)];
  const lines = runs.map((run) => [
    run.id,
    run.name,
    run.status,
    run.user,
    isoTime(run.started_ms) ?? run.started_ms,
    run.ended_ms === null ? null : (isoTime(run.ended_ms) ?? run.ended_ms),
    ...choices.map(({ kind, key }) => run[kind][key]),
  ]);
  return [head, ...lines].map((line) => line.map(cell).join(",")).join("\r\n");
}
