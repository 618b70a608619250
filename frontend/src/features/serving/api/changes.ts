import { api, ask, type Bodies } from "@/shared/api/client";

export type RoutesAsked = Bodies["RoutesAsked"];
export type RolloutAsked = Bodies["RolloutAsked"];
export type Order = "promote" | "rollback" | "abort";

function at(deployment: string) {
  return { params: { path: { deployment } } };
}

export function setRoutes(deployment: string, body: RoutesAsked) {
  return ask(api.PUT("/api/v1/deployments/{deployment}/routes", { ...at(deployment), body }));
}

export function scaleDeployment(deployment: string, body: Bodies["ScaleAsked"]) {
  return ask(api.POST("/api/v1/deployments/{deployment}/scale", { ...at(deployment), body }));
}

export function stopDeployment(deployment: string) {
  return ask(api.POST("/api/v1/deployments/{deployment}/stop", at(deployment)));
}

export function resumeDeployment(deployment: string) {
  return ask(api.POST("/api/v1/deployments/{deployment}/resume", at(deployment)));
}

export function startRollout(deployment: string, body: RolloutAsked) {
  return ask(api.POST("/api/v1/deployments/{deployment}/rollouts", { ...at(deployment), body }));
}

export function orderRollout(rollout: number, order: Order, reason: string) {
  const asked = { params: { path: { rollout } }, body: { reason } };
  if (order === "promote") return ask(api.POST("/api/v1/rollouts/{rollout}/promote", asked));
  if (order === "abort") return ask(api.POST("/api/v1/rollouts/{rollout}/abort", asked));
  return ask(api.POST("/api/v1/rollouts/{rollout}/rollback", asked));
}

export function resumeRollout(rollout: number) {
  return ask(api.POST("/api/v1/rollouts/{rollout}/resume", { params: { path: { rollout } } }));
}

export function tryOut(deployment: string, body: Bodies["TryAsked"]) {
  return ask(api.POST("/api/v1/deployments/{deployment}/try", { ...at(deployment), body }));
}

export function replay(prediction: string) {
  return ask(api.POST("/api/v1/predictions/{prediction}/replay", { params: { path: { prediction } } }));
}
