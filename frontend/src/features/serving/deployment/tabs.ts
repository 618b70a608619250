import { lazyRouteComponent } from "@tanstack/react-router";
import { codeOf } from "@/shared/routing/part";

// Each part comes with the first look at it, so that a link to one does not pay for the others.
export const Overview = lazyRouteComponent(() => import("./overview"), "Overview");
export const RolloutsTab = lazyRouteComponent(() => import("./rollouts-tab"), "RolloutsTab");
export const PredictionsTab = lazyRouteComponent(() => import("./predictions-tab"), "PredictionsTab");
export const TryForm = lazyRouteComponent(() => import("./try-form"), "TryForm");

export const DEPLOYMENT_TABS = ["overview", "rollouts", "predictions", "try"] as const;
export type DeploymentTab = (typeof DEPLOYMENT_TABS)[number];

/** The code of what a tab shows. */
export function codeOfTab(tab: DeploymentTab = "overview"): Promise<unknown> {
  return codeOf(
    { overview: Overview, rollouts: RolloutsTab, predictions: PredictionsTab, try: TryForm }[tab],
  );
}
