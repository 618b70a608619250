import { QueryClient } from "@tanstack/react-query";
import { following, isHeld } from "@/shared/lib/live";
import { ApiError } from "./errors";

const PASSING = new Set([0, 429, 502, 503, 504]);

/** Only what may pass by itself is asked again; a refusal stays a refusal. */
export function retry(failures: number, error: unknown): boolean {
  return error instanceof ApiError && PASSING.has(error.status) && failures < 4;
}

/** Whoever comes back to a page finds it fresh, unless they had paused it. */
export function askedOnReturn(): boolean {
  return !isHeld() && following() !== "paused";
}

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry, staleTime: 3_000, refetchOnWindowFocus: askedOnReturn } },
});
