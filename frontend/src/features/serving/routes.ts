import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "@/shared/routing/root";
import { compact, number, oneOf, type RawSearch, text } from "@/shared/routing/search";

export const DEPLOYMENT_TABS = ["overview", "rollouts", "try"] as const;
export const SPANS = [15, 60, 360, 1440] as const;

export interface DeploymentSearch {
  tab?: (typeof DEPLOYMENT_TABS)[number] | undefined;
  /** Minutes on the charts. */
  minutes?: (typeof SPANS)[number] | undefined;
}

const deployments = createRoute({
  getParentRoute: () => rootRoute,
  path: "/deployments",
  validateSearch: (raw: RawSearch): { q?: string | undefined } => compact({ q: text(raw, "q") }),
  component: lazyRouteComponent(() => import("./deployments-page"), "DeploymentsPage"),
});

const deployment = createRoute({
  getParentRoute: () => rootRoute,
  path: "/deployments/$name",
  validateSearch: (raw: RawSearch): DeploymentSearch =>
    compact({
      tab: oneOf(raw, "tab", DEPLOYMENT_TABS),
      minutes: SPANS.find((span) => span === number(raw, "minutes")),
    }),
  component: lazyRouteComponent(() => import("./deployment/deployment-page"), "DeploymentPage"),
});

const rollout = createRoute({
  getParentRoute: () => rootRoute,
  path: "/rollouts/$id",
  component: lazyRouteComponent(() => import("./rollout/rollout-page"), "RolloutPage"),
});

const nodes = createRoute({
  getParentRoute: () => rootRoute,
  path: "/nodes",
  component: lazyRouteComponent(() => import("./nodes-page"), "NodesPage"),
});

const predictions = createRoute({
  getParentRoute: () => rootRoute,
  path: "/predictions",
  component: lazyRouteComponent(() => import("./prediction/find-page"), "FindPredictionPage"),
});

const prediction = createRoute({
  getParentRoute: () => rootRoute,
  path: "/predictions/$id",
  component: lazyRouteComponent(() => import("./prediction/prediction-page"), "PredictionPage"),
});

export const servingRoutes = [deployments, deployment, rollout, nodes, predictions, prediction] as const;
