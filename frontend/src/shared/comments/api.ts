import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type Comment = Schemas["Comment"];

/** What was said about a thing; `about` is its reference, such as runs/<id> or models/<name>. */
export function commentsQuery(about: string) {
  return queryOptions({
    queryKey: ["comments", about],
    queryFn: () => ask(api.GET("/api/v1/comments", { params: { query: { about } } })),
  });
}

/** The latest comments that mention a thing or a person; without a reference, the latest of all. */
export function mentionsQuery(ref: string | undefined, limit: number) {
  return queryOptions({
    queryKey: ["mentions", ref ?? "", limit],
    queryFn: () =>
      ask(api.GET("/api/v1/comments", { params: { query: { limit, ...(ref ? { mentions: ref } : {}) } } })),
  });
}

/** Who may be meant by the beginning of a name. */
export function peopleQuery(start: string) {
  return queryOptions({
    queryKey: ["people", start],
    queryFn: () => ask(api.GET("/api/v1/people", { params: { query: { q: start } } })),
    placeholderData: (previous) => previous,
    staleTime: 60_000,
  });
}
