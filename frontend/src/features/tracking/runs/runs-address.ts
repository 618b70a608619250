import { compact, list, oneOf, type RawSearch, text } from "@/shared/routing/search";

export const RUN_VIEWS = ["table", "charts", "parallel", "scatter", "about"] as const;

/** What the address of the runs page says; all of it optional, so that the plain address is the default view. */
export interface RunsSearch {
  q?: string | undefined;
  sort?: string | undefined;
  cols?: string[] | undefined;
  view?: (typeof RUN_VIEWS)[number] | undefined;
  marked?: string[] | undefined;
  deleted?: "yes" | undefined;
  /** What the runs are grouped by, as the query language names it. */
  group?: string | undefined;
  /** Columns that were made wider or narrower, as "metrics.loss:180". */
  widths?: string[] | undefined;
  /** Columns that stay at the edge while the others scroll. */
  pins?: string[] | undefined;
  /** The axis that colours the lines of parallel coordinates, and whether its axes are logarithms where possible. */
  colour?: string | undefined;
  logs?: "yes" | undefined;
  /** The axes of the scatter. */
  across?: string | undefined;
  up?: string | undefined;
  /** The metric that settings are held against. */
  result?: string | undefined;
}

export function readRunsSearch(raw: RawSearch): RunsSearch {
  return compact({
    q: text(raw, "q"),
    sort: text(raw, "sort"),
    cols: list(raw, "cols"),
    view: oneOf(raw, "view", RUN_VIEWS),
    marked: list(raw, "marked"),
    deleted: oneOf(raw, "deleted", ["yes"] as const),
    group: text(raw, "group"),
    widths: list(raw, "widths"),
    pins: list(raw, "pins"),
    colour: text(raw, "colour"),
    logs: oneOf(raw, "logs", ["yes"] as const),
    across: text(raw, "across"),
    up: text(raw, "up"),
    result: text(raw, "result"),
  });
}

/** Whether an address says nothing, so that the default view of its page is meant. */
export function isPlain(search: object): boolean {
  return Object.values(search).every((value) => value === undefined);
}

/** Where saved views of this page are kept. */
export function viewsScope(experimentId: string): string {
  return `experiments/${experimentId}/runs`;
}
