import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { deploymentsQuery } from "@/features/serving/api/serving";
import { experimentsQuery } from "@/features/tracking/api/experiments";
import { queryClient } from "@/shared/api/query-client";
import { rootRoute } from "@/shared/routing/root";

const home = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: ({ cause }) => {
    if (cause !== "enter") return;
    void queryClient.prefetchInfiniteQuery(experimentsQuery(""));
    void queryClient.prefetchInfiniteQuery(deploymentsQuery(""));
  },
  component: lazyRouteComponent(() => import("./overview-page"), "OverviewPage"),
});

export const overviewRoutes = [home] as const;
