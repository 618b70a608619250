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

const NARROW_FIRST = 170;

/** How wide each column is: as chosen, or by itself. On a narrow screen the first one leaves room for the second. */
export function widthsOf<Row>(
  columns: readonly Column<Row>[],
  chosen: ReadonlyMap<string, number> | undefined,
  narrow: boolean,
): number[] {
  return columns.map(
    ({ id, width }, at) => chosen?.get(id) ?? (narrow && at === 0 ? Math.min(width, NARROW_FIRST) : width),
  );
}

/** The CSS grid template of a row; the last column takes what is left. */
export function template(widths: readonly number[], selectable: boolean): string {
  const tracks = widths.map((width, at) =>
    at === widths.length - 1 ? `minmax(${width}px, 1fr)` : `${width}px`,
  );
  return (selectable ? ["40px", ...tracks] : tracks).join(" ");
}

export const LEAST_WIDTH = 56;
const MOST_WIDTH = 900;
export const WIDTH_STEP = 24;

/** A width that a column may have. */
export function fitting(width: number): number {
  return Math.round(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, width)));
}

/** The first column and the pinned ones before all others, in their own order. */
export function pinnedFirst<Row>(columns: readonly Column<Row>[], pins: readonly string[]): Column<Row>[] {
  const held = (column: Column<Row>, at: number) => at === 0 || pins.includes(column.id);
  return [...columns.filter(held), ...columns.filter((column, at) => !held(column, at))];
}

/** How far from the edge each of the first `pinned` columns stays; undefined for those that scroll. */
export function offsets(widths: readonly number[], pinned: number): (number | undefined)[] {
  let edge = 0;
  return widths.map((width, at) => {
    const here = edge;
    edge += width;
    return at < pinned ? here : undefined;
  });
}
