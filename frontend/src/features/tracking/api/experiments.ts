import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, type Bodies, type Schemas } from "@/shared/api/client";
import { byToken } from "@/shared/api/pages";
import { compact } from "@/shared/routing/search";

export type Experiment = Schemas["ShownExperiment"];

export function experimentsQuery(words: string) {
  return infiniteQueryOptions({
    queryKey: ["experiments", words],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/experiments", {
          params: {
            query: compact({ q: words || undefined, limit: 200, page_token: pageParam ?? undefined }),
          },
        }),
      ),
    ...byToken,
    placeholderData: (previous) => previous,
  });
}

/** The experiments where a run began last, and how many experiments there are. */
export function latelyUsedQuery(limit: number) {
  return queryOptions({
    queryKey: ["experiments", "lately used", limit],
    queryFn: () => ask(api.GET("/api/v1/experiments", { params: { query: { order: "latest_run", limit } } })),
  });
}

/** Runs of so many experiments, those where one began last, are looked at on the overview. */
export const LOOKED_AT = 20;

export function experimentQuery(id: string) {
  return queryOptions({
    queryKey: ["experiment", id],
    queryFn: () =>
      ask(api.GET("/api/v1/experiments/{experiment_id}", { params: { path: { experiment_id: id } } })),
  });
}

export function changeExperiment(id: string, change: Bodies["ExperimentChange"]) {
  return ask(
    api.PATCH("/api/v1/experiments/{experiment_id}", {
      params: { path: { experiment_id: id } },
      body: change,
    }),
  );
}

export function createExperiment(body: Bodies["NewExperiment"]) {
  return ask(api.POST("/api/v1/experiments", { body }));
}

export function setExperimentTag(id: string, key: string, value: string) {
  return ask(
    api.PUT("/api/v1/experiments/{experiment_id}/tags/{key}", {
      params: { path: { experiment_id: id, key } },
      body: { value },
    }),
  );
}

export function deleteExperimentTag(id: string, key: string) {
  return ask(
    api.DELETE("/api/v1/experiments/{experiment_id}/tags/{key}", {
      params: { path: { experiment_id: id, key } },
    }),
  );
}
