import { api, ask } from "@/shared/api/client";
import { apiUrl } from "@/shared/lib/place";

export async function listArtifacts(runId: string, folder: string) {
  const page = await ask(
    api.GET("/api/v1/runs/{run_id}/artifacts", {
      params: { path: { run_id: runId }, query: { limit: 1000, ...(folder ? { path: folder } : {}) } },
    }),
  );
  return page.items;
}

export function artifactAddress(runId: string, path: string): string {
  return apiUrl(`/runs/${runId}/artifacts/content/${path.split("/").map(encodeURIComponent).join("/")}`);
}
