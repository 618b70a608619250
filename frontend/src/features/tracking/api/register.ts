import { api, ask } from "@/shared/api/client";
import { ApiError } from "@/shared/api/errors";

const EXISTS = 409;

/** Makes files of a run the next version of a model, and the model first when there is none of that name. */
export async function registerRun(
  runId: string,
  folder: string,
  model: string,
): Promise<{ model: string; number: number }> {
  await ask(api.POST("/api/v1/models", { body: { name: model } })).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === EXISTS)) throw error;
  });
  const source = `runs:/${runId}/${folder}`;
  return ask(
    api.POST("/api/v1/models/{name}/versions", {
      params: { path: { name: model } },
      body: { source, run_id: runId },
    }),
  );
}
