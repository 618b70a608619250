import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "@/shared/api/client";
import { readSignature } from "@/shared/files/signature";
import { type Packed, readLibraries } from "../compare/packages";

/** What each of the runs packed with its model, in one request. */
export function packedQuery(runIds: readonly string[]) {
  return queryOptions({
    queryKey: ["runs", "packed", runIds],
    queryFn: async (): Promise<ReadonlyMap<string, Packed>> => {
      const { runs } = await ask(api.POST("/api/v1/runs/packed", { body: { run_ids: [...runIds] } }));
      return new Map(
        runs.map(({ run_id, requirements, mlmodel }) => [
          run_id,
          { libraries: readLibraries(requirements), signature: readSignature(mlmodel) },
        ]),
      );
    },
    staleTime: 60_000,
  });
}
