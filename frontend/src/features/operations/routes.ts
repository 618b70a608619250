import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/shared/routing/root";
import { compact, oneOf, type RawSearch, text } from "@/shared/routing/search";

interface ActivitySearch {
  subject?: string | undefined;
  view?: "comments" | undefined;
  /** Whom or what the comments mention: a name, or the reference of a thing. */
  mentions?: string | undefined;
}

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
  validateSearch: (raw: RawSearch): ActivitySearch => {
    const mentions = text(raw, "mentions");
    const view = mentions === undefined ? oneOf(raw, "view", ["comments"] as const) : "comments";
    return compact({ subject: text(raw, "subject"), view, mentions });
  },
  component: lazyRouteComponent(() => import("./activity-page"), "ActivityPage"),
});

export const operationsRoutes = [jobs, server, activity] as const;
