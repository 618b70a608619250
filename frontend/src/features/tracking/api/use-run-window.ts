import { useQueries } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { useLive } from "@/shared/lib/live";
import { type RunRow, type RunSearch, searchRuns } from "./runs";

export const PAGE_ROWS = 100;
/** The server counts every run that matches and gives out any stretch of the first so many. */
const REACHABLE = 49_000;

/** The pages that hold the rows from `first` to `last`. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(first / PAGE_ROWS);
  const to = Math.max(from, Math.floor(last / PAGE_ROWS));
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

/** The rows on screen out of any number that match: pages are fetched where the scrollbar stands. */
export function useRunWindow(search: Omit<RunSearch, "offset" | "limit">) {
  const [pages, setPages] = useState<readonly number[]>([0]);
  const refetchInterval = useLive(false);
  const answers = useQueries({
    queries: pages.map((page) => ({
      queryKey: ["runs", "search", search, page],
      queryFn: () => searchRuns({ ...search, offset: page * PAGE_ROWS, limit: PAGE_ROWS }),
      refetchInterval,
    })),
  });

  const onVisible = useCallback((first: number, last: number) => {
    const wanted = pagesOf(first, last);
    setPages((present) => (present.join() === wanted.join() ? present : wanted));
  }, []);

  function row(index: number): RunRow | undefined {
    const at = pages.indexOf(Math.floor(index / PAGE_ROWS));
    return at < 0 ? undefined : answers[at]?.data?.items[index % PAGE_ROWS];
  }

  const answered = answers.find((answer) => answer.data);
  // While a page is on its way the last true total stands, so that the scrollbar does not jump.
  const total = useRef(0);
  if (answered?.data) total.current = answered.data.total;
  return {
    row,
    onVisible,
    total: total.current,
    /** As many rows as the scrollbar can reach; a narrower query reaches the others. */
    count: Math.min(total.current, REACHABLE),
    error: answers.find((answer) => answer.error)?.error ?? null,
    isPending: answered === undefined && total.current === 0,
    refetch: () => Promise.all(answers.map((answer) => answer.refetch())),
    /** The rows that are loaded now, in order; charts beside the table show these. */
    loaded: answers.flatMap((answer) => answer.data?.items ?? []),
  };
}
