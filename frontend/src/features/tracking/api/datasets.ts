import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { byToken } from "@/shared/api/pages";

export type Dataset = Schemas["DatasetShown"];
export type DatasetVersion = Schemas["DatasetVersion"];

export interface DatasetId {
  name: string;
  digest: string;
}

export function datasetQuery({ name, digest }: DatasetId) {
  return queryOptions({
    queryKey: ["datasets", name, digest],
    queryFn: () => ask(api.GET("/api/v1/datasets", { params: { query: { name, digest } } })),
  });
}

export function usesQuery({ name, digest }: DatasetId) {
  return infiniteQueryOptions({
    queryKey: ["datasets", name, digest, "uses"],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/datasets/uses", {
          params: { query: { name, digest, limit: 50, page_token: pageParam } },
        }),
      ),
    ...byToken,
  });
}

export function datasetVersionsQuery({ name, digest }: DatasetId) {
  return queryOptions({
    queryKey: ["datasets", name, digest, "versions"],
    queryFn: () => ask(api.GET("/api/v1/datasets/versions", { params: { query: { name, digest } } })),
  });
}
