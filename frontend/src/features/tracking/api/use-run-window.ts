import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { useLive } from "@/shared/lib/live";
import { PAGE_ROWS, pageQuery, pagesOf, type Wanted } from "./run-pages";
import type { RunRow } from "./runs";

/** What a scrollbar can reach: browsers draw no taller element than some 17 million pixels. */
const REACHABLE = 450_000;

/** The rows on screen out of any number that match: pages are fetched where the scrollbar stands. Nothing is asked
 *  before it is `settled` which values are wanted. */
export function useRunWindow(search: Wanted, settled: boolean) {
  const [pages, setPages] = useState<readonly number[]>([0]);
  const refetchInterval = useLive(false);
  const client = useQueryClient();
  const answers = useQueries({
    queries: pages.map((page) => ({
      ...pageQuery(search, page, client),
      refetchInterval,
      enabled: settled,
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
  const error = answers.find((answer) => answer.error)?.error ?? null;
  return {
    row,
    onVisible,
    total: total.current,
    /** As many rows as a scrollbar can reach; a narrower query reaches the others. */
    count: Math.min(total.current, REACHABLE),
    error,
    isPending: answered === undefined && total.current === 0 && error === null,
    refetch: () => Promise.all(answers.map((answer) => answer.refetch())),
    /** The rows that are loaded now, in order; charts beside the table show these. */
    loaded: answers.flatMap((answer) => answer.data?.items ?? []),
  };
}
