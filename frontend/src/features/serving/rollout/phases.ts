import type { Rollout, RolloutMove } from "../api/serving";

export const FINISHED: ReadonlySet<Rollout["phase"]> = new Set(["promoted", "rolled_back", "aborted"]);

export const KIND_WORDS: Record<Rollout["state"]["plan"]["kind"], string> = {
  canary: "canary",
  ab: "A/B",
  blue_green: "blue/green",
  shadow: "shadow",
};

/** The state as the badge knows it: "rolled_back" -> "rolled back". */
export function phaseState(phase: Rollout["phase"]): string {
  return phase.replaceAll("_", " ");
}

/** What a move was, in two words. */
export function moveTitle(move: { what: RolloutMove["what"]; share?: number }): string {
  switch (move.what) {
    case "started":
      return "Started";
    case "shadow_entered":
      return "To copies";
    case "step_entered":
      return `To ${Math.round((move.share ?? 0) * 1000) / 10} %`;
    case "waited":
      return "Waiting";
    case "loaded":
      return "Loaded";
    case "held":
      return "Held";
    case "resumed":
      return "Resumed";
    case "promoted":
      return "Promoted";
    case "rolled_back":
      return "Rolled back";
    case "aborted":
      return "Aborted";
    case "measured":
      return "Measured";
  }
}

export type StepState = "passed" | "here" | "ended" | "ahead";

/** The way of a rollout: stored rows and copies first when it begins with them, then each step; where it stands now. */
export function stepsOf({
  state,
  phase,
}: Pick<Rollout, "state" | "phase">): { label: string; state: StepState }[] {
  const { plan } = state;
  const first = [
    ...(plan.replay_rows ? ["Stored rows"] : []),
    ...(plan.kind === "shadow" || plan.shadow_ms > 0 ? ["Copies"] : []),
  ];
  const names = [...first, ...plan.steps.map((share) => `${Math.round(share * 1000) / 10} %`)];
  // Before the first step it is at the last of what comes first, unless stored rows are still its matter.
  const replaying = Boolean(plan.replay_rows) && (phase === "replay" || state.held_in === "replay");
  const at = replaying ? 0 : first.length + state.step;
  return names.map((label, place) => {
    if (phase === "promoted") return { label, state: "passed" };
    if (FINISHED.has(phase))
      return { label, state: place < at ? "passed" : place === at ? "ended" : "ahead" };
    return { label, state: place < at ? "passed" : place === at ? "here" : "ahead" };
  });
}

/** How much of a proof is there, 0 to 1: wealth is a logarithm, and what it takes is one too. */
export function proven(peak: number, needed: number): number {
  return Math.max(0, Math.min(1, peak / needed));
}

const SURE_LOG = 6 * Math.log(10);

/** The odds against chance, from the logarithm of an e-value: 3.69 -> "40 to 1". */
export function oddsWords(log: number): string {
  if (log > SURE_LOG) return "over 1,000,000 to 1";
  if (log < 0) return "below 1 to 1";
  const odds = Math.exp(log);
  return `${odds < 10 ? odds.toFixed(1) : Math.round(odds).toLocaleString("en-GB")} to 1`;
}
