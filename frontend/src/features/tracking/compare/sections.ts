import type { Comparison } from "../api/runs";
import { cell } from "../runs/csv";
import { type CompareRow, codeRows, ownRows } from "./differences";
import { libraryRows, type Packed, signatureRows } from "./packages";

export interface Section {
  title: string;
  rows: readonly CompareRow[];
}

/** All that is known of some runs side by side, by what it is about. */
export function sectionsOf(comparison: Comparison, packed: readonly Packed[]): Section[] {
  return [
    { title: "Metrics", rows: comparison.metrics },
    { title: "Parameters", rows: comparison.params },
    { title: "Data", rows: comparison.datasets },
    { title: "Code and person", rows: codeRows(comparison.tags) },
    { title: "Environment", rows: libraryRows(packed) },
    { title: "Signature", rows: signatureRows(packed) },
    { title: "Tags", rows: ownRows(comparison.tags) },
  ];
}

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
