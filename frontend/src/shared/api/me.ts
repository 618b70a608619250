import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";

/** Who looks at the page, and what they may do. */
export function meQuery() {
  return queryOptions({ queryKey: ["me"], queryFn: () => ask(api.GET("/api/v1/me")), staleTime: 60_000 });
}
