import type { DeploymentRow } from "./deployments";

export type Way = "new" | "rollout" | "replace";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** What is wrong with a name for a deployment, in words. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return undefined;
  return NAME.test(name)
    ? undefined
    : "Letters, digits, dots, dashes and underscores; a letter or digit first.";
}

/** A deployment's name out of a model's: what cannot stand in it becomes a dash. */
export function suggestedName(model: string): string {
  return model
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 128);
}

function answering(row: DeploymentRow): string {
  const live = row.routes.filter((route) => route.mode === "live" && route.share > 0);
  return live.map(({ version }) => `${version.model}:${version.number}`).join(" and ");
}

/** Why nothing can be deployed under this name now; nothing when it can. */
export function obstacle(row: DeploymentRow | null, version: string): string | undefined {
  if (row === null) return undefined;
  if (row.rollout !== null)
    return `${row.name} is in rollout ${row.rollout}. Promote, roll back or abort it first.`;
  return answering(row) === version && !row.stopped
    ? `${version} answers everything there already.`
    : undefined;
}

/** The ways there are: a free name takes a new deployment, a taken one a rollout or a replacement. */
export function waysFor(row: DeploymentRow | null): Way[] {
  if (row === null) return ["new"];
  const live = row.routes.filter((route) => route.mode === "live" && route.share > 0);
  return row.stopped || live.length !== 1 ? ["replace"] : ["rollout", "replace"];
}

/** What will be so afterwards, one sentence each. */
export function deployConsequences(
  way: Way,
  name: string,
  version: string,
  row: DeploymentRow | null,
): string[] {
  const kept = "Every answered row is kept in the ledger, and the deployment is in the activity log.";
  if (way === "new" || row === null)
    return [
      `${version} answers predictions under the new name ${name}, within seconds, on every node.`,
      "A version that runs code of its own when it is opened runs in its own process.",
      kept,
    ];
  const now = answering(row) || "what it served";
  if (way === "replace")
    return [
      `${version} answers all requests to ${name} at once instead of ${now}. Nothing is compared.`,
      row.stopped
        ? `${name} is stopped now and will answer again.`
        : `${now} is unloaded; no request is lost.`,
      kept,
    ];
  return [
    `${version} answers 5 % of requests to ${name}, then 25 %, then all, as it is proven not to fail more than ${now}.`,
    `${now} gets everything back within seconds if it does. You can watch, promote or roll back at any time.`,
    kept,
  ];
}
