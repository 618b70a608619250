/** How a list goes on that the server answers page by page. */
export const byToken = {
  initialPageParam: null as string | null,
  getNextPageParam: (page: { next_page_token: string | null }) => page.next_page_token,
};

/** All rows fetched so far. */
export function rowsOf<Row>(answer: { pages: readonly { items: Row[] }[] } | undefined): Row[] {
  return answer?.pages.flatMap((page) => page.items) ?? [];
}
