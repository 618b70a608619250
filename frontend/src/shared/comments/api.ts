import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { beyondId } from "@/shared/api/pages";
import { compact } from "@/shared/routing/search";

export type Comment = Schemas["Comment"];

const AT_ONCE = 100;

/** What was said about a thing, oldest first; `about` is its reference, such as runs/<id> or models/<name>. */
export function commentsQuery(about: string) {
  return infiniteQueryOptions({
    queryKey: ["comments", about],
    queryFn: ({ pageParam }) => {
      const query = compact({ about, limit: AT_ONCE, after: pageParam ?? undefined });
      return ask(api.GET("/api/v1/comments", { params: { query } }));
    },
    ...beyondId(AT_ONCE),
  });
}

/** The latest comments that mention a thing or a person; without a reference, the latest of all. */
export function mentionsQuery(ref: string | undefined, limit = AT_ONCE) {
  return infiniteQueryOptions({
    queryKey: ["mentions", ref ?? "", limit],
    queryFn: ({ pageParam }) => {
      const query = compact({ limit, mentions: ref, before: pageParam ?? undefined });
      return ask(api.GET("/api/v1/comments", { params: { query } }));
    },
    ...beyondId(limit),
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
