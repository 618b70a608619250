import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/shared/routing/root";
import { compact, oneOf, type RawSearch, text } from "@/shared/routing/search";

export const VERSION_TABS = ["overview", "files", "lineage"] as const;

export interface VersionSearch {
  tab?: (typeof VERSION_TABS)[number] | undefined;
  path?: string | undefined;
}

const models = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models",
  validateSearch: (raw: RawSearch): { q?: string | undefined } => compact({ q: text(raw, "q") }),
  component: lazyRouteComponent(() => import("./models-page"), "ModelsPage"),
});

const model = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name",
  component: lazyRouteComponent(() => import("./model-page"), "ModelPage"),
});

const version = createRoute({
  getParentRoute: () => rootRoute,
  path: "/models/$name/versions/$number",
  validateSearch: (raw: RawSearch): VersionSearch =>
    compact({ tab: oneOf(raw, "tab", VERSION_TABS), path: text(raw, "path") }),
  component: lazyRouteComponent(() => import("./version/version-page"), "VersionPage"),
});

export const registryRoutes = [models, model, version] as const;
