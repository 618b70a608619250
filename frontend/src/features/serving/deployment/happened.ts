export interface Happening {
  name: string;
  facts: unknown;
}

const WORDS: Record<string, string> = {
  "serving.deployment.created": "Deployed",
  "serving.deployment.stopped": "Stopped",
  "serving.deployment.resumed": "Resumed",
  "serving.routes.changed": "Traffic divided anew",
  "serving.rollout.started": "Rollout started",
};

function fact(facts: unknown, key: string): string {
  const value =
    typeof facts === "object" && facts !== null ? (facts as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" ? value : "";
}

/** A rollout's move tells why; that it changed routes too needs no line of its own, nor do comments, which the page shows. */
export function isNews({ name, facts }: Happening): boolean {
  if (name.startsWith("collaboration.")) return false;
  return name !== "serving.routes.changed" || fact(facts, "why") === "";
}

/** One line about what happened: the rollout's own words where it gave some. */
export function happenedWords({ name, facts }: Happening): string {
  return fact(facts, "reason") || (WORDS[name] ?? name);
}
