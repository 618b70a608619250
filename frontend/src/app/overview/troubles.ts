import type { Health } from "@/features/operations/api/operations";
import type { DeploymentRow } from "@/features/serving/api/serving";

export type Trouble =
  | { kind: "check"; name: string; detail: string }
  | { kind: "deployment"; name: string; state: string }
  | { kind: "jobs"; name: string; failed: number };

const BAD_STATES = new Set(["failed", "no node"]);

interface Known {
  health: Health | undefined;
  deployments: readonly DeploymentRow[];
  jobs: Record<string, Record<string, number>> | undefined;
}

/** What of the server itself needs a look, what affects most first: its checks, who answers nobody, failed jobs. */
export function troublesOf({ health, deployments, jobs }: Known): Trouble[] {
  const checks = (health?.checks ?? []).filter((check) => !check.ok);
  const silent = deployments.filter((row) => !row.stopped && BAD_STATES.has(row.state));
  const failed = Object.entries(jobs ?? {}).filter(([, states]) => (states.failed ?? 0) > 0);
  return [
    ...checks.map(({ name, detail }) => ({ kind: "check" as const, name, detail })),
    ...silent.map(({ name, state }) => ({ kind: "deployment" as const, name, state })),
    ...failed.map(([name, states]) => ({ kind: "jobs" as const, name, failed: states.failed ?? 0 })),
  ];
}
