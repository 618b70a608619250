import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { compact } from "@/shared/routing/search";

export type DeploymentRow = Schemas["DeploymentRow"];

const SHOWN = 20;

/** The deployments with a route to a version of this model, or to one version. */
export function servingQuery(model: string, number?: number) {
  return queryOptions({
    queryKey: ["deployments", "serving", model, number ?? 0],
    queryFn: () =>
      ask(
        api.GET("/api/v1/serving/deployments", {
          params: { query: compact({ model, number, limit: SHOWN }) },
        }),
      ),
  });
}

/** What has exactly this name now, null when nothing has. Asked as a list: a free name is no error. */
export function takenQuery(name: string) {
  return queryOptions({
    queryKey: ["deployments", "taken", name],
    queryFn: async () => {
      const query = { q: name, limit: 1000 };
      const page = await ask(api.GET("/api/v1/serving/deployments", { params: { query } }));
      return page.items.find((row) => row.name === name) ?? null;
    },
    enabled: name !== "",
    gcTime: 0,
  });
}

export function deploy(name: string, version: string, replace: boolean) {
  return ask(api.POST("/api/v1/deployments", { body: { name, version, replace } }));
}

export function startRollout(deployment: string, version: string) {
  return ask(
    api.POST("/api/v1/deployments/{deployment}/rollouts", {
      params: { path: { deployment } },
      body: { version },
    }),
  );
}
