import type { Schemas } from "@/shared/api/client";
import { figure } from "@/shared/lib/format";

/** A value as it was kept: whole numbers and floats with all their digits, everything else as JSON. */
export function valueWords(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** How today's answer stands to that of then. */
export function differenceWords(difference: number | undefined): string {
  if (difference === undefined) return "not kept then";
  return difference === 0 ? "equal" : `differs by ${figure(difference)}`;
}

/** What is due to a feature, with its sign: 0.41 -> "+0.41". */
export function signed(value: number): string {
  return value > 0 ? `+${figure(value)}` : figure(value);
}

/** The sum in words: from the background's mean to the answer. */
export function attributedWords(found: Schemas["Attribution"]): string {
  const rows = `${found.background_rows} background ${found.background_rows === 1 ? "row" : "rows"}`;
  return `${found.output} = ${figure(found.answer)}: ${figure(found.base)}, the mean of ${rows}, and what is due to each feature.`;
}
