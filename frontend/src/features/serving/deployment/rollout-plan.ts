import type { RolloutAsked } from "../api/changes";

export type Kind = NonNullable<RolloutAsked["kind"]>;

export const KINDS: Record<Kind, { label: string; steps: string }> = {
  canary: { label: "Canary: up in steps, as safety is proven", steps: "5%,25%,100%" },
  ab: { label: "A/B: one split until a verdict", steps: "50%" },
  blue_green: { label: "Blue/green: everything at once, then watch", steps: "100%" },
  shadow: { label: "Shadow: copies only, nobody gets its answers", steps: "" },
};

export interface PlanDraft {
  version: string;
  kind: Kind;
  steps: string;
  guards: string;
  replay: string;
  dwell: string;
  deadline: string;
}

function guardsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function rowsOf(text: string): number {
  return Number(text.trim()) || 0;
}

export function rolloutAsked({
  version,
  kind,
  steps,
  guards,
  replay,
  dwell,
  deadline,
}: PlanDraft): RolloutAsked {
  return {
    version: version.trim(),
    kind,
    steps: kind === "shadow" ? null : steps.trim(),
    guards: guardsOf(guards),
    replay: rowsOf(replay),
    dwell: dwell.trim(),
    deadline: deadline.trim(),
  };
}

/** What the plan will do, one sentence each; the server checks it when it starts. */
export function plannedWords(plan: PlanDraft, control: string): string[] {
  const candidate = /[:@]./.test(plan.version) ? plan.version.trim() : "The candidate";
  const first = plan.steps.split(",")[0]?.trim() || "its first share";
  const moves: Record<Kind, string> = {
    canary: `${candidate} answers ${first} of requests at once, and goes up as its guards are proven kept.`,
    ab: `${candidate} answers ${first} of requests at once, and stays there until a verdict. You decide then.`,
    blue_green: `${candidate} answers everything at once; ${control} stays loaded.`,
    shadow: `${candidate} sees copies of all requests. Nobody gets its answers.`,
  };
  const guards = guardsOf(plan.guards);
  const guarded =
    guards.length === 0
      ? "No guard is set: nothing rolls back by itself, and time alone moves it on."
      : `A guard that is proven violated gives everything back to ${control} within seconds: ${guards.join("; ")}.`;
  const rows = rowsOf(plan.replay);
  const replayed = `Before that, ${candidate} is asked up to ${rows.toLocaleString("en-GB")} stored rows; nobody gets its answers.`;
  return [
    moves[plan.kind],
    ...(rows > 0 ? [replayed] : []),
    guarded,
    `After ${plan.deadline.trim() || "the deadline"} without a verdict it holds and asks you.`,
  ];
}
