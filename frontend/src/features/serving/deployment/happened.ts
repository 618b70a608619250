import type { RolloutMove } from "../api/serving";
import { routeName } from "../links";
import { moveTitle } from "../rollout/phases";
import { percent } from "../words";

export interface Happening {
  name: string;
  facts: unknown;
}

const TITLES: Record<string, string> = {
  "serving.deployment.created": "Deployed",
  "serving.deployment.stopped": "Stopped",
  "serving.deployment.resumed": "Resumed",
  "serving.deployment.scaled": "Scaled",
  "serving.ledger.set": "Ledger's rule changed",
  "serving.ledger.expired": "Old predictions deleted",
  "serving.routes.changed": "Traffic divided anew",
  "serving.rollout.started": "Rollout started",
};

function factsOf({ facts }: Happening): Record<string, unknown> {
  return typeof facts === "object" && facts !== null ? (facts as Record<string, unknown>) : {};
}

/** A rollout's move tells why; that it changed routes too needs no line of its own, nor do comments, which the page shows. */
export function isNews(happening: Happening): boolean {
  if (happening.name.startsWith("collaboration.")) return false;
  return happening.name !== "serving.routes.changed" || !factsOf(happening).why;
}

/** What happened, in a word or two. */
export function happenedTitle(happening: Happening): string {
  const facts = factsOf(happening);
  if (happening.name === "serving.rollout.moved")
    return moveTitle({ what: facts.what as RolloutMove["what"], share: Number(facts.share) });
  return TITLES[happening.name] ?? happening.name;
}

/** More of it: a rollout's own words, or who answers now; nothing where the title says all. */
export function happenedWords(happening: Happening): string {
  const { reason, after, copies_to: copies, version } = factsOf(happening);
  if (typeof reason === "string") return reason;
  if (happening.name === "serving.deployment.created" && typeof version === "string") return version;
  if (happening.name !== "serving.routes.changed" || typeof after !== "object" || after === null) return "";
  const to = Array.isArray(copies) ? copies.map(String) : [];
  const divided = Object.entries(after)
    .filter(([route]) => !to.includes(route))
    .map(([route, share]) => `${routeName(route)} ${percent(Number(share))}`)
    .join(", ");
  return to.length === 0 ? divided : `${divided}; copies to ${to.map(routeName).join(", ")}`;
}
