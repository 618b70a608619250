import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";

export type View = Schemas["View"];

export function viewsQuery(scope: string) {
  return queryOptions({
    queryKey: ["views", scope],
    queryFn: () => ask(api.GET("/api/v1/views", { params: { query: { scope } } })),
  });
}

/** The view that a page shows when its address names none, if one was chosen that says anything. */
export function defaultOf(views: readonly View[] | undefined): View | undefined {
  return views?.find(
    ({ is_default, state }) => is_default && Object.values(state).some((one) => one !== undefined),
  );
}

export function saveView(scope: string, name: string, shared: boolean, state: Record<string, unknown>) {
  return ask(api.PUT("/api/v1/views", { body: { scope, name, shared, state } }));
}

export function deleteView(id: number) {
  return ask(api.DELETE("/api/v1/views/{view_id}", { params: { path: { view_id: id } } }));
}

/** Shows this view to everybody whose address names none, or shows the page as it is by itself again. */
export function setDefaultView(id: number, chosen: boolean): Promise<unknown> {
  const params = { path: { view_id: id } };
  return chosen
    ? ask(api.PUT("/api/v1/views/{view_id}/default", { params }))
    : ask(api.DELETE("/api/v1/views/{view_id}/default", { params }));
}
