import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { queryClient } from "@/shared/api/query-client";
import { rootRoute } from "@/shared/routing/root";
import { compact, oneOf, type RawSearch, text } from "@/shared/routing/search";
import { modelQuery, modelsQuery, versionQuery, versionsQuery } from "./api/models";
import { codeOfTab, VERSION_TABS, type VersionTab } from "./version/tabs";

export interface VersionSearch {
  tab?: VersionTab | undefined;
  path?: string | undefined;
}

const models = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models",
  validateSearch: (raw: RawSearch): { q?: string | undefined } => compact({ q: text(raw, "q") }),
  beforeLoad: ({ cause, search }) => {
    if (cause === "enter") void queryClient.prefetchInfiniteQuery(modelsQuery(search.q ?? ""));
  },
  component: lazyRouteComponent(() => import("./models-page"), "ModelsPage"),
});

const model = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name",
  beforeLoad: ({ cause, params: { name } }) => {
    if (cause !== "enter") return;
    void queryClient.prefetchQuery(modelQuery(name));
    void queryClient.prefetchInfiniteQuery(versionsQuery(name));
  },
  component: lazyRouteComponent(() => import("./model-page"), "ModelPage"),
});

const version = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name/versions/$number",
  validateSearch: (raw: RawSearch): VersionSearch =>
    compact({ tab: oneOf(raw, "tab", VERSION_TABS), path: text(raw, "path") }),
  beforeLoad: ({ cause, params: { name, number } }) => {
    if (cause !== "enter") return;
    void queryClient.prefetchQuery(versionQuery(name, Number(number)));
    void queryClient.prefetchQuery(modelQuery(name));
  },
  loaderDeps: ({ search: { tab } }) => ({ tab }),
  loader: ({ deps }) => codeOfTab(deps.tab),
  component: lazyRouteComponent(() => import("./version/version-page"), "VersionPage"),
});

export const registryRoutes = [models, model, version] as const;
