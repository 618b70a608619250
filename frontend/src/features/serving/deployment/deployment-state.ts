import type { Deployment, RouteShown } from "../api/serving";
import { versionName } from "../links";
import { WHOLE } from "./shares";

const WORST_FIRST = ["failed", "no node", "loading", "draining"];

function routeState(route: RouteShown): string {
  const states: string[] = route.reports.filter((one) => one.fresh).map((one) => one.report.status);
  if (states.length === 0) return "no node";
  return WORST_FIRST.find((state) => states.includes(state)) ?? "ready";
}

/** How a deployment is: as its worst route that answers. The list gets the same from the server. */
export function stateOf(deployment: Pick<Deployment, "stopped" | "routes">): string {
  if (deployment.stopped) return "stopped";
  const states = deployment.routes.filter((one) => one.mode === "live" && one.share > 0).map(routeState);
  return WORST_FIRST.find((state) => states.includes(state)) ?? "ready";
}

/** The version to go back to with one click: the one before, which a promotion left loaded without traffic.
 *
 * A candidate that was taken back stands behind the version that answers: nobody is offered that one.
 */
export function standby(
  deployment: Pick<Deployment, "routes" | "rollout" | "stopped">,
): RouteShown | undefined {
  if (deployment.rollout !== null || deployment.stopped) return undefined;
  const live = deployment.routes.filter((route) => route.mode === "live");
  const [before, after] = live;
  if (live.length !== 2 || !before || before.share > 0 || !after?.share) return undefined;
  return routeState(before) === "failed" ? undefined : before;
}

/** All routes of a deployment as they are asked for, with these shares for the live ones. */
export function routesWith(deployment: Deployment, shares: readonly number[]) {
  let next = 0;
  return deployment.routes.map((route) => ({
    version: versionName(route.version),
    mode: route.mode,
    share: route.mode === "live" ? (shares[next++] ?? 0) / WHOLE : route.share,
  }));
}
