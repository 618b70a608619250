import type { AliasMove } from "./api/aliases";

export function moveWords({ before, after }: Pick<AliasMove, "before" | "after">): string {
  if (after === null) return `taken off version ${before}`;
  return before === null ? `set to version ${after}` : `version ${before} → ${after}`;
}
