import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "@/shared/api/client";

/** What was said about a thing; `about` is its reference, such as runs/<id> or models/<name>. */
export function commentsQuery(about: string) {
  return queryOptions({
    queryKey: ["comments", about],
    queryFn: () => ask(api.GET("/api/v1/comments", { params: { query: { about } } })),
  });
}
