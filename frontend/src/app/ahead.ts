import { defaultParseSearch } from "@tanstack/react-router";
import { trackingAhead } from "@/features/tracking/ahead";
import { prefix } from "@/shared/lib/place";

/** Asks what the page at this address will ask first, and fetches its code. A page that is not here asks when
 *  its route is entered, which is right too, only later: this is for those with a long way. */
export function askAhead({ pathname, search }: Pick<Location, "pathname" | "search">): void {
  const path = pathname.slice(prefix.length);
  for (const { address, ask } of trackingAhead) {
    const found = address.exec(path);
    if (found) ask(decodeURIComponent(found[1] ?? ""), defaultParseSearch(search));
  }
}
