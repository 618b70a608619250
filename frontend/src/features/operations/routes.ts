import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/shared/routing/root";
import { compact, type RawSearch, text } from "@/shared/routing/search";

const jobs = createRoute({
  getParentRoute: () => rootRoute,
  path: "/jobs",
  component: lazyRouteComponent(() => import("./jobs-page"), "JobsPage"),
});

const server = createRoute({
  getParentRoute: () => rootRoute,
  path: "/server",
  component: lazyRouteComponent(() => import("./server-page"), "ServerPage"),
});

const activity = createRoute({
  getParentRoute: () => rootRoute,
  path: "/activity",
  validateSearch: (raw: RawSearch): { subject?: string | undefined } =>
    compact({ subject: text(raw, "subject") }),
  component: lazyRouteComponent(() => import("./activity-page"), "ActivityPage"),
});

export const operationsRoutes = [jobs, server, activity] as const;
