import type { Comparison } from "../api/runs";
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
