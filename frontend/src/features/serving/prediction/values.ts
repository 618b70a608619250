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
