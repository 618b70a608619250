import type { ReactNode } from "react";

export interface Column<Row> {
  id: string;
  header: string;
  /** A longer explanation, shown on hover of the header. */
  hint?: string;
  /** Pixels. */
  width: number;
  numeric?: boolean;
  /** The key the server sorts by; absent when it cannot. */
  sortKey?: string;
  render: (row: Row) => ReactNode;
}

export interface Sort {
  key: string;
  descending: boolean;
}

/** A click on a header: first descending for figures (best first), ascending for words; then the other way. */
export function nextSort(present: Sort | undefined, key: string, numeric: boolean): Sort {
  if (present?.key !== key) return { key, descending: numeric };
  return { key, descending: !present.descending };
}

/** The CSS grid template of a row; the last column takes what is left. */
export function template(widths: readonly number[], selectable: boolean): string {
  const tracks = widths.map((width, at) =>
    at === widths.length - 1 ? `minmax(${width}px, 1fr)` : `${width}px`,
  );
  return (selectable ? ["40px", ...tracks] : tracks).join(" ");
}
