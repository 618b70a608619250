import { cell } from "../runs/csv";
import type { Section } from "./sections";

/** Every row as a line, also those that are equal everywhere: who filters does it in the file. */
export function comparisonCsv(
  runs: readonly { id: string; name: string }[],
  sections: readonly Section[],
): string {
  const lines = [
    ["about", "key", "differs", ...runs.map((run) => run.name)],
    ["Run", "run_id", "yes", ...runs.map((run) => run.id)],
    ...sections.flatMap(({ title, rows }) =>
      rows.map((row) => [title, row.key, row.differs ? "yes" : "no", ...row.values]),
    ),
  ];
  return lines.map((line) => line.map(cell).join(",")).join("\r\n");
}
