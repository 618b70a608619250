/** How a list goes on that the server answers page by page. */
export const byToken = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next_page_token: string | null }) => page.next_page_token,
};

/** How a list goes on whose next page begins beyond the id of the last that was seen. */
export function beyondId(limit: number) {
  return {
    initialPageParam: null as number | null,
    getNextPageParam: ({ items }: { items: readonly { id: number }[] }) =>
      items.length < limit ? null : items.at(-1)?.id,
  };
}

/** All rows fetched so far. */
export function rowsOf<Row>(answer: { pages: readonly { items: Row[] }[] } | undefined): Row[] {
  return answer?.pages.flatMap((page) => page.items) ?? [];
}
