import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { queryClient } from "@/shared/api/query-client";
import { rootRoute } from "@/shared/routing/root";
import { compact, number, oneOf, type RawSearch, text } from "@/shared/routing/search";
import { deploymentQuery, deploymentsQuery, nodesQuery, predictionQuery, rolloutQuery } from "./api/serving";
import { codeOfTab, DEPLOYMENT_TABS, type DeploymentTab } from "./deployment/tabs";

export const SPANS = [15, 60, 360, 1440] as const;

export interface DeploymentSearch {
  tab?: DeploymentTab | undefined;
  /** Minutes on the charts. */
  minutes?: (typeof SPANS)[number] | undefined;
  /** Which predictions are listed: of one version ("fraud:17"), of one caller, answered between two moments. */
  version?: string | undefined;
  caller?: string | undefined;
  since?: number | undefined;
  before?: number | undefined;
}

const deployments = createRoute({
  getParentRoute: () => rootRoute,
  path: "/deployments",
  validateSearch: (raw: RawSearch): { q?: string | undefined } => compact({ q: text(raw, "q") }),
  beforeLoad: ({ cause, search }) => {
    if (cause === "enter") void queryClient.prefetchInfiniteQuery(deploymentsQuery(search.q ?? ""));
  },
  component: lazyRouteComponent(() => import("./deployments-page"), "DeploymentsPage"),
});

const deployment = createRoute({
  getParentRoute: () => rootRoute,
  path: "/deployments/$name",
  validateSearch: (raw: RawSearch): DeploymentSearch =>
    compact({
      tab: oneOf(raw, "tab", DEPLOYMENT_TABS),
      minutes: SPANS.find((span) => span === number(raw, "minutes")),
      version: text(raw, "version"),
      caller: text(raw, "caller"),
      since: number(raw, "since"),
      before: number(raw, "before"),
    }),
  beforeLoad: ({ cause, params }) => {
    if (cause === "enter") void queryClient.prefetchQuery(deploymentQuery(params.name));
  },
  loaderDeps: ({ search: { tab } }) => ({ tab }),
  loader: ({ deps }) => codeOfTab(deps.tab),
  component: lazyRouteComponent(() => import("./deployment/deployment-page"), "DeploymentPage"),
});

const rollout = createRoute({
  getParentRoute: () => rootRoute,
  path: "/rollouts/$id",
  beforeLoad: ({ cause, params }) => {
    if (cause === "enter") void queryClient.prefetchQuery(rolloutQuery(Number(params.id)));
  },
  component: lazyRouteComponent(() => import("./rollout/rollout-page"), "RolloutPage"),
});

const nodes = createRoute({
  getParentRoute: () => rootRoute,
  path: "/nodes",
  beforeLoad: ({ cause }) => {
    if (cause === "enter") void queryClient.prefetchQuery(nodesQuery());
  },
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
  beforeLoad: ({ cause, params }) => {
    if (cause === "enter") void queryClient.prefetchQuery(predictionQuery(params.id));
  },
  component: lazyRouteComponent(() => import("./prediction/prediction-page"), "PredictionPage"),
});

export const servingRoutes = [deployments, deployment, rollout, nodes, predictions, prediction] as const;
