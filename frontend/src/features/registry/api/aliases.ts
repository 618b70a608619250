import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type AliasMove = Schemas["AliasMove"];

export function previewQuery(name: string, alias: string, version: number) {
  return queryOptions({
    queryKey: ["model", name, "alias", alias, "preview", version],
    queryFn: () =>
      ask(
        api.POST("/api/v1/models/{name}/aliases/{alias}/preview", {
          params: { path: { name, alias } },
          body: { version },
        }),
      ),
    enabled: alias !== "",
    gcTime: 0,
  });
}

export function historyQuery(name: string, alias: string) {
  return queryOptions({
    queryKey: ["model", name, "alias", alias, "history"],
    queryFn: () =>
      ask(
        api.GET("/api/v1/models/{name}/aliases/{alias}/history", {
          params: { path: { name, alias }, query: { limit: 200 } },
        }),
      ),
  });
}

/** Moves the alias only if it still stands where the preview saw it: a move decided on old facts is refused. */
export function moveAlias(
  name: string,
  alias: string,
  version: number,
  seen: number | null,
  comment: string,
) {
  return ask(
    api.PUT("/api/v1/models/{name}/aliases/{alias}", {
      params: { path: { name, alias } },
      body: { version, expected_version: seen, comment },
    }),
  );
}

export function removeAlias(name: string, alias: string) {
  return ask(api.DELETE("/api/v1/models/{name}/aliases/{alias}", { params: { path: { name, alias } } }));
}
