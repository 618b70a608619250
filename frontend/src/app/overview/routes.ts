import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { deploymentsQuery } from "@/features/serving/api/serving";
import { LOOKED_AT, latelyUsedQuery } from "@/features/tracking/api/experiments";
import { queryClient } from "@/shared/api/query-client";
import { rootRoute } from "@/shared/routing/root";

const home = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: ({ cause }) => {
    if (cause !== "enter") return;
    void queryClient.prefetchQuery(latelyUsedQuery(LOOKED_AT));
    void queryClient.prefetchInfiniteQuery(deploymentsQuery(""));
  },
  component: lazyRouteComponent(() => import("./overview-page"), "OverviewPage"),
});

export const overviewRoutes = [home] as const;
