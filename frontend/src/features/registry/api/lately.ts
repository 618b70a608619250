import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type LatestMove = Schemas["LatestMove"];

/** The versions registered last, of all models. */
export function latestVersionsQuery(limit: number) {
  return queryOptions({
    queryKey: ["models", "latest versions", limit],
    queryFn: () =>
      ask(
        api.GET("/api/v1/versions", {
          params: { query: { order_by: ["creation_timestamp DESC"], limit } },
        }),
      ),
  });
}

/** The aliases moved last, of all models. */
export function latestMovesQuery(limit: number) {
  return queryOptions({
    queryKey: ["models", "latest moves", limit],
    queryFn: () => ask(api.GET("/api/v1/alias-moves", { params: { query: { limit } } })),
  });
}
