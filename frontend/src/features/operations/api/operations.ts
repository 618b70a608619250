import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { beyondId } from "@/shared/api/pages";
import { compact } from "@/shared/routing/search";

const EVENTS = 200;

export type Job = Schemas["Job"];
export type Recorded = Schemas["Recorded"];
export type Health = Schemas["Health"];

export function jobsQuery() {
  return queryOptions({
    queryKey: ["jobs"],
    queryFn: () => ask(api.GET("/api/v1/jobs", { params: { query: { limit: 500 } } })),
  });
}

/** How many jobs of each kind are in which state, without the jobs. */
export function jobCountsQuery() {
  return queryOptions({
    queryKey: ["jobs", "counts"],
    queryFn: async () => (await ask(api.GET("/api/v1/jobs", { params: { query: { limit: 1 } } }))).counts,
  });
}

export function healthQuery() {
  return queryOptions({ queryKey: ["health"], queryFn: () => ask(api.GET("/api/v1/health")) });
}

export function settingsQuery() {
  return queryOptions({ queryKey: ["settings"], queryFn: () => ask(api.GET("/api/v1/settings")) });
}

export function eventsQuery(subject: string) {
  return infiniteQueryOptions({
    queryKey: ["events", subject],
    queryFn: ({ pageParam }) => {
      const query = compact({ limit: EVENTS, subject: subject || undefined, before: pageParam ?? undefined });
      return ask(api.GET("/api/v1/events", { params: { query } }));
    },
    ...beyondId(EVENTS),
  });
}
