import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { byToken } from "@/shared/api/pages";
import { compact } from "@/shared/routing/search";

export type DeploymentRow = Schemas["DeploymentRow"];
export type Deployment = Schemas["Deployment"];
export type RouteShown = Schemas["RouteShown"];
export type TrafficShown = Schemas["TrafficShown"];
export type RouteTraffic = Schemas["RouteTraffic"];
export type Traffic = Schemas["Traffic"];
export type Rollout = Schemas["RolloutShown"];
export type RolloutMove = Rollout["events"][number];
export type Guard = Schemas["GuardShown"];
export type RolloutEvidence = Schemas["RolloutEvidence"];
export type ServingNode = Schemas["NodeShown"];
export type Prediction = Schemas["Prediction"];
export type Replayed = Schemas["Replayed"];
export type Tried = Schemas["Tried"];
export type Signature = Schemas["SignatureShown"];

export function deploymentsQuery(words: string) {
  return infiniteQueryOptions({
    queryKey: ["deployments", "list", words],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/serving/deployments", {
          params: { query: compact({ q: words, limit: 100, page_token: pageParam ?? undefined }) },
        }),
      ),
    ...byToken,
    placeholderData: (previous) => previous,
  });
}

export function deploymentQuery(name: string) {
  return queryOptions({
    queryKey: ["deployments", "one", name],
    queryFn: () =>
      ask(api.GET("/api/v1/deployments/{deployment}", { params: { path: { deployment: name } } })),
  });
}

export interface Span {
  minutes: number;
  /** Until when; now when left out. */
  untilMs?: number | undefined;
  points?: number;
}

export function trafficQuery(name: string, { minutes, untilMs, points = 180 }: Span) {
  return queryOptions({
    queryKey: ["deployments", "one", name, "traffic", minutes, untilMs ?? null, points],
    queryFn: () =>
      ask(
        api.GET("/api/v1/deployments/{deployment}/traffic", {
          params: { path: { deployment: name }, query: compact({ minutes, until_ms: untilMs, points }) },
        }),
      ),
    placeholderData: (previous) => previous,
  });
}

export function rolloutsQuery(name: string) {
  return infiniteQueryOptions({
    queryKey: ["deployments", "one", name, "rollouts"],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/deployments/{deployment}/rollouts", {
          params: {
            path: { deployment: name },
            query: compact({ limit: 50, page_token: pageParam ?? undefined }),
          },
        }),
      ),
    ...byToken,
  });
}

/** A rollout with its decisions; its measurements, which grow with time, stay on the server. */
export function rolloutQuery(id: number) {
  return queryOptions({
    queryKey: ["rollouts", id],
    queryFn: () =>
      ask(
        api.GET("/api/v1/rollouts/{rollout}", {
          params: { path: { rollout: id }, query: { measured: false } },
        }),
      ),
  });
}

export function evidenceQuery(id: number) {
  return queryOptions({
    queryKey: ["rollouts", id, "evidence"],
    queryFn: () =>
      ask(
        api.GET("/api/v1/rollouts/{rollout}/evidence", {
          params: { path: { rollout: id }, query: { points: 120 } },
        }),
      ),
  });
}

export function nodesQuery() {
  return queryOptions({ queryKey: ["nodes"], queryFn: () => ask(api.GET("/api/v1/nodes")) });
}

export function signatureQuery(name: string) {
  return queryOptions({
    queryKey: ["deployments", "one", name, "signature"],
    queryFn: () =>
      ask(api.GET("/api/v1/deployments/{deployment}/signature", { params: { path: { deployment: name } } })),
    staleTime: 60_000,
  });
}

export function predictionQuery(id: string) {
  return queryOptions({
    queryKey: ["predictions", id],
    queryFn: () => ask(api.GET("/api/v1/predictions/{prediction}", { params: { path: { prediction: id } } })),
  });
}

export function happenedQuery(name: string) {
  return queryOptions({
    queryKey: ["events", `deployments/${name}`, "short"],
    queryFn: () =>
      ask(api.GET("/api/v1/events", { params: { query: { limit: 8, subject: `deployments/${name}` } } })),
  });
}
