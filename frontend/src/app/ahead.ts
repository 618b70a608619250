import { defaultParseSearch } from "@tanstack/react-router";
import { type Ahead, fetchCode, trackingAhead } from "@/features/tracking/ahead";
import { LOOKED_AT, latelyUsedQuery } from "@/features/tracking/api/experiments";
import { queryClient } from "@/shared/api/query-client";
import { prefix } from "@/shared/lib/place";

const overview: Ahead = {
  address: /^\/$/,
  ask: () => {
    void queryClient.prefetchQuery(latelyUsedQuery(LOOKED_AT));
    fetchCode(import("./overview/overview-page"));
  },
};

/** Asks what the page at this address will ask first, and fetches its code. A page that is not here asks when
 *  its route is entered, which is right too, only later: this is for those with a long way. */
export function askAhead({ pathname, search }: Pick<Location, "pathname" | "search">): void {
  const path = pathname.slice(prefix.length);
  for (const { address, ask } of [overview, ...trackingAhead]) {
    const found = address.exec(path);
    if (found) ask(decodeURIComponent(found[1] ?? ""), defaultParseSearch(search));
  }
}
