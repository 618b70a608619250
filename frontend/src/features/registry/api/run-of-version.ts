import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "@/shared/api/client";

/** The run a version came from, as far as this room needs it. */
export function runOfVersionQuery(runId: string | null) {
  return queryOptions({
    queryKey: ["run", runId],
    queryFn: () => ask(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: runId ?? "" } } })),
    enabled: Boolean(runId),
  });
}

export function lineageQuery(ref: string) {
  return queryOptions({
    queryKey: ["lineage", ref],
    queryFn: () => ask(api.GET("/api/v1/lineage", { params: { query: { ref, depth: 3 } } })),
  });
}

/** What is live and relies on a version: what a refused deletion would name. */
export function heldByQuery(model: string, number: number) {
  return queryOptions({
    queryKey: ["model", model, "version", number, "held-by"],
    queryFn: () =>
      ask(
        api.GET("/api/v1/models/{name}/versions/{number}/held-by", {
          params: { path: { name: model, number } },
        }),
      ),
  });
}
