import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "@/shared/api/client";
import { byToken } from "@/shared/api/pages";
import { compact } from "@/shared/routing/search";

export type PredictionRow = Schemas["PredictionRow"];

/** Which of a deployment's predictions. */
export interface Wanted {
  version?: string | undefined;
  caller?: string | undefined;
  /** Answered at this moment or later. */
  since?: number | undefined;
  /** Answered before this moment. */
  before?: number | undefined;
}

/** A deployment's stored rows, newest first. */
export function predictionsQuery(deployment: string, { version, caller, since, before }: Wanted) {
  return infiniteQueryOptions({
    queryKey: [
      "deployments",
      "one",
      deployment,
      "predictions",
      version ?? null,
      caller ?? null,
      since ?? null,
      before ?? null,
    ],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET("/api/v1/deployments/{deployment}/predictions", {
          params: {
            path: { deployment },
            query: compact({
              version,
              caller,
              since_ms: since,
              until_ms: before,
              limit: 50,
              page_token: pageParam ?? undefined,
            }),
          },
        }),
      ),
    ...byToken,
    placeholderData: (previous) => previous,
  });
}
