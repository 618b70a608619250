import type { DeploymentRow } from "@/features/serving/api/serving";

/** Deployments in a rollout first, stopped ones last, and among equals what changed last. */
export function mostMovedFirst(rows: readonly DeploymentRow[]): DeploymentRow[] {
  const rank = (row: DeploymentRow) => (row.stopped ? 2 : row.rollout === null ? 1 : 0);
  return [...rows].sort((a, b) => rank(a) - rank(b) || b.updated_ms - a.updated_ms);
}
