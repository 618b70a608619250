import { createRouter } from "@tanstack/react-router";
import { designRoutes } from "@/features/design/routes";
import { operationsRoutes } from "@/features/operations/routes";
import { registryRoutes } from "@/features/registry/routes";
import { servingRoutes } from "@/features/serving/routes";
import { trackingRoutes } from "@/features/tracking/routes";
import { prefix } from "@/shared/lib/place";
import { rootRoute } from "@/shared/routing/root";
import { Skeleton } from "@/shared/ui/notice";
import { Page } from "@/shared/ui/page";
import { overviewRoutes } from "./overview/routes";
import { Shell } from "./shell";
import { NoSuchPage, PageFailed } from "./trouble";

rootRoute.update({ component: Shell });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    ...overviewRoutes,
    ...trackingRoutes,
    ...registryRoutes,
    ...servingRoutes,
    ...operationsRoutes,
    ...designRoutes,
  ]),
  basepath: prefix || "/",
  defaultPreload: "intent",
  // Loaders fetch code, which does not grow old; what is shown is kept fresh by its queries.
  defaultStaleTime: Number.POSITIVE_INFINITY,
  defaultPendingMinMs: 0,
  defaultErrorComponent: PageFailed,
  defaultNotFoundComponent: NoSuchPage,
  defaultPendingComponent: () => (
    <Page title="Loading">
      <Skeleton />
    </Page>
  ),
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
